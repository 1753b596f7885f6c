import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openHost } from '../../src/host/host.ts';
import { listConnections } from '../../src/tools/read/connections.ts';
import { copyMachine, type FrozenHost, openFrozenHost } from '../host/frozen-host.ts';
import { stillClock } from '../still-clock.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

test('the container of a socket is for those who may read containers', async () => {
  const args = { port: 5432, state: 'listening' };
  const without = await answerOf(listConnections, frozen.host, args);
  assert.equal(without.connections[0].pid, 901);
  assert.equal('containerId' in without.connections[0], false);
  assert.deepEqual(without.withheld, ['the containers of processes: docker:read']);
  const withIt = await answerOf(listConnections, frozen.host, args, ['monitor', 'docker:read']);
  const [{ containerId, container }] = withIt.connections;
  assert.deepEqual([containerId, container], ['4c01db0b339c', 'shop-web-1']);
  assert.equal('withheld' in withIt, false);
});

test('a cut list says how many there are and where it goes on', async () => {
  const first = await answerOf(listConnections, frozen.host, { limit: 6 });
  assert.deepEqual(first.truncated, {
    shown: 6,
    total: 13,
    how: 'Narrow by state, port, process or protocol, or go on with `cursor`.',
  });
  const rest = await answerOf(listConnections, frozen.host, { limit: 200, cursor: first.nextCursor });
  assert.equal(rest.connections.length, 7);
  assert.equal('nextCursor' in rest, false);
  assert.equal('truncated' in rest, false);
});

test('what is no cursor is refused', async () => {
  await assert.rejects(async () => answerOf(listConnections, frozen.host, { cursor: 'page 2' }), {
    code: 'arguments_invalid',
    detail: "'page 2' is no cursor of list_connections.",
  });
});

test('a process that is not there is refused with the nearest', async () => {
  await assert.rejects(async () => answerOf(listConnections, frozen.host, { process: 'postgers' }), {
    code: 'not_found',
    detail: "There is no process 'postgers'.",
    hint: "Did you mean 'postgres'? `process` is a process id or an exact name of at most 15 bytes.",
  });
});

test('what may not be seen is named once, with what would show it, and only where it matters', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(join(machine.proc, '901/fd'), { recursive: true });
  writeFileSync(join(machine.proc, '901/fd'), '');
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  const answer = await answerOf(listConnections, host, { port: 5432, state: 'listening' });
  assert.equal(answer.connections[0].uid, 70);
  assert.equal('pid' in answer.connections[0], false);
  assert.deepEqual(answer.hidden, [
    'the open files of 1 process of another user, so some sockets lack their process; ' +
      "the unit's drop-in process-details.conf lets the daemon read them",
  ]);
  const other = await answerOf(listConnections, host, { port: 22, state: 'listening' });
  assert.equal('hidden' in other, false);
});

test('the queue of a listening socket counts connections, of a connected one bytes', async () => {
  const { connections } = await answerOf(listConnections, frozen.host, { port: 5432 });
  assert.equal(connections[0].waitingConnections, 3);
  assert.equal(connections[2].receiveQueueBytes, 128);
});

test('the older name is still there', () => {
  assert.deepEqual(listConnections.aliases, [{ name: 'get_active_connections' }]);
});
