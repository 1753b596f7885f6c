import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { argsFromPairs, refuseTokenInQuery } from '../../src/transport/http/query.ts';

const properties = {
  limit: Type.Integer(),
  ratio: Type.Number(),
  all: Type.Boolean(),
  name: Type.String(),
  sections: Type.Array(Type.String()),
  pids: Type.Array(Type.Integer()),
};

const argsOf = (query: string) => argsFromPairs(properties, new URLSearchParams(query));

test('each value is turned into the type of its schema', () => {
  assert.deepEqual(argsOf('limit=5&ratio=0.5&all=true&name=5'), {
    limit: 5,
    ratio: 0.5,
    all: true,
    name: '5',
  });
});

test('a list is written with commas, by repetition, or both', () => {
  assert.deepEqual(argsOf('sections=cpu,memory&sections=load'), { sections: ['cpu', 'memory', 'load'] });
  assert.deepEqual(argsOf('pids=1,2'), { pids: [1, 2] });
});

test('what cannot be turned stays text for the schema to refuse', () => {
  assert.deepEqual(argsOf('limit=many&all=yes&ratio='), { limit: 'many', all: 'yes', ratio: '' });
  assert.deepEqual(argsOf('limit=NaN'), { limit: 'NaN' });
});

test('a name that the schema does not have is kept for the schema to refuse', () => {
  assert.deepEqual(argsOf('lmit=5'), { lmit: '5' });
});

test('__proto__ is an argument like any other and changes nothing', () => {
  const args = argsOf('__proto__=x');
  assert.deepEqual(Object.keys(args), ['__proto__']);
  assert.equal(Object.getPrototypeOf(args), Object.prototype);
});

test('a single value given twice is refused', () => {
  assert.throws(() => argsOf('limit=1&limit=2'), { code: 'arguments_invalid' });
});

for (const query of ['token=x', 'access_token=x', 'Authorization=x', 'api_key=x', 'apikey=x']) {
  test(`a query with ${query} is refused`, () => {
    assert.throws(() => refuseTokenInQuery(new URLSearchParams(query)), { code: 'token_misplaced' });
  });
}
