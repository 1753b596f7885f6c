import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { checkLaws, toolFaults } from '../../src/dispatch/laws.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { readThing, toys } from './toy-tools.ts';

const but = (changes: Record<string, unknown>): Tool => ({ ...readThing, ...changes }) as unknown as Tool;
const faultsOf = (changes: Record<string, unknown>) => [...toolFaults(but(changes))].join('; ');
const closed = (properties: Record<string, unknown>) =>
  Type.Object(properties as never, { additionalProperties: false });

test('the toys keep every law', () => {
  checkLaws(toys);
});

test('a tool without a scope stops the start', () => {
  assert.throws(() => checkLaws([but({ scope: undefined })]), {
    code: 'start_failed',
    message: /has no scope/,
  });
});

test('a scope or an effect that does not exist is a fault', () => {
  assert.match(faultsOf({ scope: 'root' }), /its scope 'root' is none/);
  assert.match(faultsOf({ effect: 'maybe' }), /its effect 'maybe' is none/);
});

test('an action without a scope is a fault, and so is a scope without an action', () => {
  const input = closed({ action: Type.Enum(['start', 'stop'], { description: 'What to do' }) });
  assert.match(faultsOf({ input, scope: { start: 'docker:manage' } }), /its action 'stop' has no scope/);
  assert.match(
    faultsOf({ input, effect: { start: 'change', stop: 'change', wipe: 'destroy' } }),
    /names 'wipe', which is no action/,
  );
});

test('an open object is a fault, however deep', () => {
  assert.match(faultsOf({ input: Type.Object({}) }), /input is not closed/);
  const inner = closed({ one: Type.Object({}, { description: 'Open' }) });
  assert.match(faultsOf({ input: inner }), /input\.one is not closed/);
});

test('what is not described or not bounded is a fault', () => {
  assert.match(
    faultsOf({ input: closed({ one: Type.String({ maxLength: 5 }) }) }),
    /input\.one is not described/,
  );
  assert.match(faultsOf({ input: closed({ one: Type.String({ description: 'x' }) }) }), /has no maxLength/);
  assert.match(
    faultsOf({ input: closed({ one: Type.Integer({ description: 'x' }) }) }),
    /no minimum and maximum/,
  );
  assert.match(
    faultsOf({
      input: closed({ one: Type.Array(Type.Boolean({ description: 'y' }), { description: 'x' }) }),
    }),
    /has no maxItems/,
  );
});

test('a root combinator and a reference are faults', () => {
  assert.match(faultsOf({ input: { ...closed({}), anyOf: [] } }), /root anyOf/);
  assert.match(faultsOf({ input: closed({ one: { $ref: '#/x', description: 'x' } }) }), /uses \$ref/);
});

test('a name used twice stops the start, also as an older name', () => {
  const other = { ...toys[4], aliases: [{ name: 'read_thing' }] } as Tool;
  assert.throws(() => checkLaws([...toys.slice(0, 1), other]), { message: /the name is used twice/ });
});

test('an answer with lists must be able to say that it was cut', () => {
  const output = closed({
    rows: Type.Array(Type.Boolean({ description: 'x' }), { description: 'y', maxItems: 3 }),
  });
  assert.match(faultsOf({ output }), /no `truncated`/);
});
