import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/auth/caller.ts';
import { openSessions } from '../../src/transport/mcp/sessions.ts';
import { stillClock } from '../still-clock.ts';

const callerNamed = (agent: string): Caller => ({
  agent,
  proof: 'token',
  scopes: ['monitor'],
  door: 'mcp',
  source: 'uid 1000',
});
const alice = callerNamed('alice');
const bob = callerNamed('bob');

function open(limits = { perCaller: 2, total: 3, idleMs: 1000 }) {
  const clock = stillClock();
  const ended: string[] = [];
  const sessions = openSessions<string>(clock, limits);
  const add = (caller: Caller, name: string) =>
    sessions.add(caller, () => ({ value: name, end: () => ended.push(name) }));
  return { clock, ended, sessions, add };
}

test('a session belongs to the caller that opened it: to another it does not exist', async (t) => {
  const { sessions, add } = open();
  t.after(() => sessions.close());
  const { id } = add(alice, 'one');
  assert.equal(await sessions.use(id, alice, async (value) => value), 'one');
  await assert.rejects(
    sessions.use(id, bob, async (value) => value),
    { code: 'session_unknown' },
  );
  await assert.rejects(
    sessions.use(id, { ...alice, proof: 'none' }, async (value) => value),
    {
      code: 'session_unknown',
    },
  );
});

test('the same agent with another token keeps its session', async (t) => {
  const { sessions, add } = open();
  t.after(() => sessions.close());
  const { id } = add({ ...alice, tokenId: 'first' }, 'one');
  assert.equal(await sessions.use(id, { ...alice, tokenId: 'second' }, async (value) => value), 'one');
});

test('a caller at its limit loses its longest idle session, never one of another', async (t) => {
  const { sessions, add, ended, clock } = open();
  t.after(() => sessions.close());
  add(bob, 'bob');
  add(alice, 'older');
  clock.forward(1);
  add(alice, 'newer');
  clock.forward(1);
  add(alice, 'newest');
  assert.deepEqual(ended, ['older']);
});

test('sessions in use are not ended for room: the next one is refused', async (t) => {
  const { sessions, add } = open();
  t.after(() => sessions.close());
  const never = new Promise<void>(() => {});
  void sessions.use(add(alice, 'one').id, alice, () => never);
  void sessions.use(add(alice, 'two').id, alice, () => never);
  assert.throws(() => add(alice, 'three'), { code: 'sessions_full' });
});

test('an idle session ends after its time and one in use does not', async (t) => {
  const { sessions, add, ended, clock } = open();
  t.after(() => sessions.close());
  add(alice, 'idle');
  void sessions.use(add(alice, 'busy').id, alice, () => new Promise<void>(() => {}));
  clock.forward(999);
  sessions.sweep();
  assert.deepEqual(ended, []);
  clock.forward(1);
  sessions.sweep();
  assert.deepEqual(ended, ['idle']);
});

test('closing ends every session once', () => {
  const { sessions, add, ended } = open();
  const { id } = add(alice, 'one');
  sessions.close();
  sessions.remove(id);
  assert.deepEqual(ended, ['one']);
  assert.equal(sessions.size(), 0);
});
