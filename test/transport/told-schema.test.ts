import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toldInput, toldOutput } from '../../src/transport/mcp/told-schema.ts';

const number = { type: 'integer', description: 'n', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

test('arguments keep their bounds but how long a text may be, and how far a number can be counted', () => {
  const limit = { type: 'integer', maximum: 50 };
  assert.deepEqual(
    toldInput({ type: 'object', properties: { number, limit, path: { type: 'string', maxLength: 9 } } }),
    {
      type: 'object',
      properties: {
        number: { type: 'integer', description: 'n', minimum: 1 },
        limit,
        path: { type: 'string' },
      },
    },
  );
});

test('answers keep their shape and their words, and nothing that binds', () => {
  assert.deepEqual(
    toldOutput({
      type: 'object',
      additionalProperties: false,
      required: ['rows'],
      properties: {
        rows: { type: 'array', items: { type: 'string', maxLength: 4, description: 'a row' }, maxItems: 9 },
      },
    }),
    {
      type: 'object',
      properties: { rows: { type: 'array', items: { type: 'string', description: 'a row' } } },
    },
  );
});

test('a property that is called like a bound stays', () => {
  const schema = {
    type: 'object',
    properties: { maximum: { type: 'number' }, properties: { type: 'string' } },
  };
  assert.deepEqual(toldOutput(schema), schema);
  assert.deepEqual(toldInput(schema), schema);
});

test('members are described; those of rows and of objects in an answer only where they are not to be trusted', () => {
  const said = (description: string) => ({ type: 'string', description });
  const inside = (properties: object) => ({ type: 'object', description: 'inside', properties });
  const answer = (names: object) => ({
    type: 'object',
    properties: {
      own: said('a name'),
      rows: { type: 'array', items: { type: 'object', properties: names } },
      one: inside({ deeper: inside(names) }),
    },
  });
  const told = {
    type: 'object',
    properties: { own: { type: 'string' }, others: said('a name (untrusted)') },
  };
  const full = answer({ own: said('a name'), others: said('a name (untrusted)') });
  assert.deepEqual(toldOutput(full), {
    ...full,
    properties: {
      own: said('a name'),
      rows: { type: 'array', items: told },
      one: inside({ deeper: told }),
    },
  });
});
