import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import type { Scope } from '../../src/auth/scopes.ts';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { getProcess } from '../../src/tools/read/process.ts';
import { listProcesses } from '../../src/tools/read/processes.ts';
import { type FrozenHost, openFrozenHost, openMachine } from '../host/frozen-host.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

const container = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';

async function openLive(t: TestContext) {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  return host;
}

/** `count` processes that wait for the test, or for its end, and end by themselves then. */
async function waitingProcesses(t: TestContext, count: number, name: string): Promise<number> {
  const script = `i=0; while [ $i -lt ${count} ]; do read _ <&3 & i=$((i+1)); done; echo all; wait`;
  const shell = spawn('sh', ['-c', script, name], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  t.after(async () => {
    (shell.stdio[3] as { destroy(): void }).destroy();
    await once(shell, 'exit');
  });
  await once(shell.stdout!, 'data');
  return shell.pid!;
}

test('a page says how to get the rest, and the cursor gets it', async () => {
  const first = await answerOf(listProcesses, frozen.host, { sort: 'memory', limit: 5 });
  assert.deepEqual([first.truncated.shown, first.truncated.total], [5, 8]);
  const next = await answerOf(listProcesses, frozen.host, {
    sort: 'memory',
    limit: 5,
    cursor: first.nextCursor,
  });
  assert.equal(next.processes.length, 3);
  assert.equal('nextCursor' in next || 'truncated' in next, false);
});

test('a cursor of another order is refused', async () => {
  await assert.rejects(async () => answerOf(listProcesses, frozen.host, { cursor: 'memory:1:1' }), {
    code: 'arguments_invalid',
    detail: '`cursor` is none of a list sorted by cpu.',
  });
});

const placeOf = (row: { pid: number; containerId?: string; container?: string }) => [
  ...[row.pid, row.containerId, row.container],
];

test('without docker:read no container shows or can be asked for', async () => {
  for (const answer of [
    await answerOf(listProcesses, frozen.host, {}),
    await answerOf(getProcess, frozen.host, { pid: 901 }),
  ]) {
    assert.equal(JSON.stringify(answer).includes(container), false);
    assert.deepEqual(answer.withheld, ['the containers of processes: docker:read']);
  }
  await assert.rejects(async () => answerOf(listProcesses, frozen.host, { container: '4c01' }), {
    code: 'scope_missing',
  });
});

test('with docker:read the container shows and finds its processes', async () => {
  const scopes = ['monitor', 'docker:read'] as const;
  for (const wanted of ['4c01db', container, 'shop-web-1']) {
    const { processes } = await answerOf(listProcesses, frozen.host, { container: wanted }, [...scopes]);
    assert.deepEqual(processes.map(placeOf), [[901, '4c01db0b339c', 'shop-web-1']], wanted);
  }
  assert.deepEqual(placeOf(await answerOf(getProcess, frozen.host, { pid: 901 }, [...scopes])), [
    ...[901, '4c01db0b339c', 'shop-web-1'],
  ]);
  await assert.rejects(answerOf(listProcesses, frozen.host, { container: 'shop-wbe-1' }, [...scopes]), {
    code: 'not_found',
    hint: /'shop-web-1'/,
  });
});

test('a container that the engine does not know has its id, and the reason for the missing name', async (t) => {
  const { host, close } = await openMachine('debian-vm');
  t.after(close);
  const scopes: Scope[] = ['monitor', 'docker:read'];
  for (const answer of [
    await answerOf(listProcesses, host, { container: '4c01db' }, scopes),
    await answerOf(getProcess, host, { pid: 901 }, scopes),
  ]) {
    assert.deepEqual(placeOf(answer.processes?.[0] ?? answer), [901, '4c01db0b339c', undefined]);
    assert.match(answer.hidden.join(), /names of containers: .*no Docker engine/);
  }
  await assert.rejects(answerOf(listProcesses, host, { container: 'shop-web-1' }, scopes), {
    code: 'unavailable',
  });
});

test('who is narrowed to other containers is told of none of this one', async () => {
  const ask = (tool: unknown, args: Record<string, unknown>, ...objects: string[]) =>
    answerOf(tool, frozen.host, args, ['monitor', 'docker:read'], 0, { 'docker:read': objects });
  for (const answer of [
    await ask(listProcesses, {}, 'shop-db-*'),
    await ask(getProcess, { pid: 901 }, 'x'),
  ]) {
    assert.doesNotMatch(JSON.stringify(answer), /4c01db|shop-web/);
    assert.deepEqual(answer.withheld, [
      'the containers of processes but for those that docker:read is narrowed to',
    ]);
  }
  const unit = `docker-${container}.scope`;
  for (const filter of [{ container: '4c01db' }, { container }, { unit }])
    assert.equal((await ask(listProcesses, filter, 'shop-db-*')).matching, 0, JSON.stringify(filter));
  assert.equal((await ask(listProcesses, { unit }, 'shop-web-*')).matching, 1);
  await assert.rejects(ask(listProcesses, { container: 'shop-web-1' }, 'backup'), {
    code: 'not_found',
    hint: 'list_containers names those that there are.',
  });
  const own = await ask(listProcesses, { container: 'shop-web-1' }, 'shop-web-*');
  assert.deepEqual(own.processes.map(placeOf), [[901, '4c01db0b339c', 'shop-web-1']]);
});

test('what other processes hide is named once, with what shows it', async () => {
  const { hidden } = await answerOf(listProcesses, frozen.host, { sort: 'fds' });
  assert.deepEqual(hidden, [
    'open files of 2 processes, which come last: the drop-in process-details.conf shows it',
  ]);
});

test('a pid that is no process is not found, with what finds one', async () => {
  await assert.rejects(async () => answerOf(getProcess, frozen.host, { pid: 4000 }), {
    code: 'not_found',
    detail: 'There is no process 4000.',
    hint: 'It may have ended; list_processes finds those that run, by name, user or unit.',
  });
});

test('the older name is still there', () => {
  assert.deepEqual(listProcesses.aliases, [{ name: 'get_top_processes' }]);
});

test('on this machine the figures are those of ps', async (t) => {
  const host = await openLive(t);
  const pid = await waitingProcesses(t, 1, 'a name for ps');
  const one = await answerOf(getProcess, host, { pid }, ['admin']);
  const told = execFileSync('ps', ['-o', 'ppid=,uid=,nlwp=,rss=,comm=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [ppid, uid, threads, rss, name] = told.trim().split(/\s+/);
  assert.deepEqual(
    [one.parents[0].pid, one.uid, one.threads, one.name],
    [Number(ppid), Number(uid), Number(threads), name],
  );
  // The kernel counts resident pages in batches for each processor.
  assert.ok(Math.abs(one.memory.rssBytes - Number(rss) * 1024) <= 512 * 1024);
  assert.match(one.commandLine, /"a name for ps"$/);
});

test('3,000 sleeping processes are listed rightly, all of them, page by page', async (t) => {
  const host = await openLive(t);
  const shell = await waitingProcesses(t, 3000, 'three-thousand-sleepers');
  const args = { name: 'three-thousand-sleepers', sort: 'start', limit: 200 };
  // The last ones have yet to fall asleep.
  while ((await answerOf(listProcesses, host, args, ['admin'])).byState.sleeping !== 3001);
  const seen = new Set<number>();
  let cursor: string | undefined;
  do {
    const answer = await answerOf(listProcesses, host, cursor === undefined ? args : { ...args, cursor }, [
      'admin',
    ]);
    assert.equal(answer.matching, 3001);
    assert.ok(Buffer.byteLength(JSON.stringify(answer)) < 64 * 1024);
    for (const { pid, parentPid } of answer.processes) {
      assert.ok(pid === shell || parentPid === shell);
      seen.add(pid);
    }
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  assert.equal(seen.size, 3001);
});
