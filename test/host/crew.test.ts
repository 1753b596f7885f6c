import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { MachineRoot } from '../../src/base/machine-root.ts';
import { type Crew, openCrew } from '../../src/host/crew.ts';
import { copyMachine, moveOn, until } from './frozen-host.ts';

interface Open {
  readonly crew: Crew;
  readonly machine: MachineRoot;
  readonly troubles: string[];
  readonly fifos: string[];
}

function openOn(t: TestContext, change: (machine: MachineRoot) => MachineRoot = (machine) => machine): Open {
  const { machine, remove } = copyMachine('debian-vm');
  const troubles: string[] = [];
  const fifos: string[] = [];
  const crew = openCrew({ machine: change(machine), onTrouble: (message) => troubles.push(message) });
  // A worker doesn't keep the process alive; a test that waits for one must.
  const alive = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(alive);
    crew.close();
    fifos.forEach(release);
    remove();
  });
  return { crew, machine, troubles, fifos };
}

/** In the place of a file that the ranking of processes reads: the worker waits in the kernel, as on a dead disk. */
function makeFifo({ machine, fifos }: Pick<Open, 'machine' | 'fifos'>): string {
  const path = join(machine.proc, 'self/uid_map');
  rmSync(path);
  execFileSync('mkfifo', [path]);
  fifos.push(path);
  return path;
}

/** Opened both ways at once a FIFO needs no other side, and whoever waits for one goes on. */
const release = (fifo: string): void => closeSync(openSync(fifo, 'r+'));

const ample = { deadlineMs: 10_000 };
const brief = { deadlineMs: 200 };

test('a job is done in the worker and its result comes back', async (t) => {
  const { crew } = openOn(t);
  const facts = await crew.run('readMachineFacts', [], ample);
  assert.equal(facts.name, 'debian-vm');
});

test('jobs asked for at once are all done', async (t) => {
  const { crew } = openOn(t);
  const passes = await Promise.all([1, 2, 3].map((rows) => crew.run('rankProcesses', [rows], ample)));
  assert.deepEqual(
    passes.map(({ byMemory }) => byMemory.length),
    [1, 2, 3],
  );
});

test('a worker keeps what it needs from one job to the next', async (t) => {
  const { crew, machine } = openOn(t);
  assert.equal((await crew.run('rankProcesses', [3], ample)).byCpu, undefined);
  moveOn(machine, 'debian-vm-later');
  assert.equal((await crew.run('rankProcesses', [3], ample)).byCpu?.length, 3);
});

test('a job that fails is refused with the cause, and the next one is done', async (t) => {
  const { crew, machine } = openOn(t);
  rmSync(join(machine.root, 'statfs'));
  const [mount] = await crew.run('readMountTable', [], ample);
  await assert.rejects(crew.run('readSpace', [mount!], ample), { code: 'unavailable', cause: 'ENOENT' });
  assert.equal((await crew.run('readMachineFacts', [], ample)).name, 'debian-vm');
});

test('a worker stuck in the kernel misses its deadline and another one takes over', async (t) => {
  const open = openOn(t);
  const { crew, troubles } = open;
  makeFifo(open);
  const stuck = assert.rejects(crew.run('rankProcesses', [3], brief), { code: 'deadline_exceeded' });
  const next = crew.run('readMachineFacts', [], ample);
  await stuck;
  assert.equal((await next).name, 'debian-vm');
  assert.equal(crew.stuck(), 1);
  assert.deepEqual(troubles, ['a worker is stuck, another one takes over']);
});

test('a stuck worker that gets free is told of and counts no longer', async (t) => {
  const open = openOn(t);
  const { crew } = open;
  const fifo = makeFifo(open);
  let late = false;
  const onLate = () => {
    late = true;
  };
  await assert.rejects(crew.run('rankProcesses', [3], { ...brief, onLate }), { code: 'deadline_exceeded' });
  release(fifo);
  await until(() => late);
  assert.equal(crew.stuck(), 0);
  assert.equal(crew.spare(), 4);
});

test('when too many workers are stuck no job is taken, until one gets free', async (t) => {
  const open = openOn(t);
  const { crew } = open;
  const fifo = makeFifo(open);
  for (let i = 0; i < 4; i++) {
    await assert.rejects(crew.run('rankProcesses', [3], brief), { code: 'deadline_exceeded' });
  }
  assert.equal(crew.spare(), 0);
  await assert.rejects(crew.run('readMachineFacts', [], ample), { code: 'unavailable' });
  release(fifo);
  await until(() => crew.stuck() === 0);
  assert.equal((await crew.run('readMachineFacts', [], ample)).name, 'debian-vm');
});

test('a crew that may have more stuck workers goes on where four have stopped', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  const crew = openCrew({ machine, onTrouble: () => {}, mostStuck: 6 });
  const alive = setInterval(() => {}, 1000);
  const fifo = makeFifo({ machine, fifos: [] });
  t.after(() => {
    clearInterval(alive);
    crew.close();
    release(fifo);
    remove();
  });
  for (let i = 0; i < 4; i++) {
    await assert.rejects(crew.run('rankProcesses', [3], brief), { code: 'deadline_exceeded' });
  }
  assert.equal((await crew.run('readMachineFacts', [], ample)).name, 'debian-vm');
  assert.equal(crew.spare(), 2);
});

test('a worker that runs out of memory is started again', async (t) => {
  const { crew, machine, troubles } = openOn(t);
  const line = (n: number) => `${n} 1 8:${n} / /mnt/${n} rw - ext4 /dev/sd${n} rw`;
  writeFileSync(
    join(machine.proc, '1/mountinfo'),
    Array.from({ length: 400_000 }, (_, n) => line(n)).join('\n'),
  );
  await assert.rejects(crew.run('readMountTable', [], { deadlineMs: 60_000 }), { code: 'unavailable' });
  assert.deepEqual(troubles, ['a worker ended and is started again']);
  assert.equal((await crew.run('readMachineFacts', [], ample)).name, 'debian-vm');
});

test('a worker that cannot start is tried again, and what waits is refused at the end', async (t) => {
  const { crew, troubles } = openOn(t, (machine) => ({ ...machine, proc: undefined as unknown as string }));
  const job = crew.run('readMachineFacts', [], ample);
  const refused = assert.rejects(job, { code: 'unavailable', detail: 'The daemon is stopping.' });
  await until(() => troubles.length > 1);
  crew.close();
  await refused;
});

test('after the end no job is taken', async (t) => {
  const { crew } = openOn(t);
  crew.close();
  await assert.rejects(crew.run('readMachineFacts', [], ample), { code: 'unavailable' });
});
