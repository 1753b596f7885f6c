import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCommandLines } from '../../src/host/command-line.ts';
import { isPosition, listProcesses, type ProcessQuery } from '../../src/host/process-list.ts';
import { openProcessTable } from '../../src/host/process-table.ts';
import { copyMachine, moveOn, rewrite } from './frozen-host.ts';

function openOn(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const table = openProcessTable(machine);
  const lines = openCommandLines(machine);
  const list = (query: Partial<ProcessQuery>, pass = table.read({ io: true })) =>
    listProcesses(table, lines, pass, { sort: 'memory', limit: 100, containers: 'all', ...query });
  const pids = (query: Partial<ProcessQuery>) => list(query).processes.map(({ pid }) => pid);
  return { machine, table, list, pids };
}

const container = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';

test('each filter leaves those that match', (t) => {
  const { pids } = openOn(t);
  assert.deepEqual(pids({ name: 'NGINX' }), [1200]);
  assert.deepEqual(pids({ name: 'my data' }), [901]);
  assert.deepEqual(pids({ user: 'www-data' }), [1200]);
  assert.deepEqual(pids({ user: '999' }), [901]);
  assert.deepEqual(pids({ unit: 'ssh.service' }), [612]);
  assert.deepEqual(pids({ unit: 'ssh' }), [612]);
  assert.deepEqual(pids({ container: container.slice(0, 12) }), [901]);
  assert.deepEqual(pids({ state: 'idle' }), [41]);
});

test('a secret in a command line cannot be found by its letters', (t) => {
  const { machine, pids } = openOn(t);
  rewrite(join(machine.proc, '901/cmdline'), 'postgres\0--password=hunter2\0');
  assert.deepEqual(pids({ name: 'hunter' }), []);
  assert.deepEqual(pids({ name: '--password=' }), [901]);
});

test('a unit that is named after a container matches only for those who may know of containers', (t) => {
  const { pids } = openOn(t);
  const unit = `docker-${container}.scope`;
  assert.deepEqual(pids({ unit }), [901]);
  assert.deepEqual(pids({ unit, containers: [] }), []);
});

test('each order has the most first and the lower number before the higher', (t) => {
  const { machine, table, pids } = openOn(t);
  table.keep(table.read());
  moveOn(machine, 'debian-vm-later');
  assert.deepEqual(pids({ sort: 'cpu' }).slice(0, 4), [901, 1200, 734, 41]);
  assert.deepEqual(pids({ sort: 'memory' }).slice(0, 3), [901, 734, 1200]);
  assert.deepEqual(pids({ sort: 'start' }).slice(0, 2), [1501, 901]);
  assert.deepEqual(pids({ sort: 'io' }).slice(0, 2), [1200, 1]);
  assert.deepEqual(pids({ sort: 'fds' }).slice(0, 2), [1200, 1]);
});

test('disk io is a rate since the pass before, and its total beside it', (t) => {
  const { machine, table, list } = openOn(t);
  table.keep(table.read({ io: true }));
  moveOn(machine, 'debian-vm-later');
  const { intervalMs, processes } = list({ sort: 'io' });
  assert.equal(intervalMs, 15_000);
  const { readBytesPerSecond, writtenBytesPerSecond, readBytes, writtenBytes } = processes[0] ?? {};
  assert.deepEqual([readBytesPerSecond, writtenBytesPerSecond], [40_960, 40_960]);
  assert.deepEqual([readBytes, writtenBytes], [1_843_200, 1_024_000]);
});

test('who writes now comes before who once wrote more', (t) => {
  const { machine, table, pids } = openOn(t);
  writeFileSync(join(machine.proc, '734/io'), 'read_bytes: 0\nwrite_bytes: 900000000\n');
  table.keep(table.read({ io: true }));
  moveOn(machine, 'debian-vm-later');
  assert.deepEqual(pids({ sort: 'io' }).slice(0, 2), [1200, 734]);
});

test('without a pass before there is no rate, and none is made up from the total', (t) => {
  const [row] = openOn(t).list({ sort: 'io', name: 'nginx' }).processes;
  assert.equal(row?.readBytes, 1_228_800);
  assert.equal('readBytesPerSecond' in (row ?? {}), false);
});

test('a process that began in between wrote all it ever did since', (t) => {
  const { machine, table, list } = openOn(t);
  table.keep(table.read({ io: true }));
  moveOn(machine, 'debian-vm-later');
  const stat = '901 (successor) R 1 901 901 0 -1 0 0 0 0 0 100 50 0 0 20 0 1 0 1441000 0 10 0\n';
  rewrite(join(machine.proc, '901/stat'), stat);
  writeFileSync(join(machine.proc, '901/io'), 'read_bytes: 0\nwrite_bytes: 150000\n');
  const row = list({ sort: 'io' }).processes.find(({ pid }) => pid === 901);
  assert.equal(row?.writtenBytesPerSecond, 10_000);
});

test('what a process kept to itself once is not tried in each pass, but when it is asked for', (t) => {
  const { machine, table } = openOn(t);
  table.read({ io: true });
  writeFileSync(join(machine.proc, '901/io'), 'read_bytes: 0\nwrite_bytes: 150000\n');
  assert.deepEqual([...table.read({ io: true }).io.keys()], [1200]);
  assert.deepEqual([...table.read({ pids: [901], io: true }).io.keys()], [901]);
});

test('totals by state are of those that match but for their state', (t) => {
  const found = openOn(t).list({ user: 'root', state: 'idle' });
  assert.deepEqual(found.byState, { sleeping: 4, idle: 1 });
  assert.equal(found.matching, 1);
  assert.equal(found.total, 8);
});

test('pages hold each process once', (t) => {
  const { list } = openOn(t);
  const seen: number[] = [];
  let after: string | undefined;
  do {
    const page = list({ limit: 3, ...(after === undefined ? {} : { after }) });
    seen.push(...page.processes.map(({ pid }) => pid));
    after = page.left > 0 ? page.positions.at(-1) : undefined;
  } while (after !== undefined);
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    [1, 2, 41, 612, 734, 901, 1200, 1501],
  );
});

test('a position belongs to its order', () => {
  assert.equal(isPosition('cpu:120:7', 'cpu'), true);
  assert.equal(isPosition('io:-1:7', 'io'), true);
  assert.equal(isPosition('cpu:120:7', 'io'), false);
  assert.equal(isPosition('cpu:x:7', 'cpu'), false);
});

test('what a process keeps to itself puts it last and is counted', (t) => {
  const found = openOn(t).list({ sort: 'io' });
  assert.equal(found.unreadable, 7);
  assert.equal(found.processes[0]!.readBytes, 1_228_800);
  assert.equal('readBytes' in found.processes[1]!, false);
});

test('a zombie and one that is gone keep nothing to themselves', (t) => {
  const { machine, table, list } = openOn(t);
  rewrite(
    join(machine.proc, '901/stat'),
    '901 (x) Z 1 901 901 0 -1 0 0 0 0 0 100 50 0 0 20 0 1 0 2210 0 0 0\n',
  );
  const pass = table.read({ io: true });
  rmSync(join(machine.proc, '734'), { recursive: true });
  assert.equal(list({ sort: 'io' }, pass).unreadable, 5);
});

test('a process that ends between the pass and the answer is left out', (t) => {
  const { machine, table, list } = openOn(t);
  const pass = table.read();
  rmSync(join(machine.proc, '734'), { recursive: true });
  // Another one has its number.
  rewrite(
    join(machine.proc, '901/stat'),
    '901 (x) R 1 901 901 0 -1 0 0 0 0 0 100 50 0 0 20 0 1 0 9999999 0 10 0\n',
  );
  assert.deepEqual(
    list({ limit: 3 }, pass).processes.map(({ pid }) => pid),
    [1200],
  );
});

test('a short interval is passed over for one that is fine enough', (t) => {
  const { machine, table } = openOn(t);
  const at = (seconds: number) => {
    rewrite(join(machine.proc, 'uptime'), `${seconds} 1.00\n`);
    return table.read();
  };
  assert.equal(table.use(at(100)), undefined);
  table.keep(at(100));
  assert.equal(table.use(at(100.5))?.intervalMs, 500);
  table.keep(at(110));
  assert.equal(table.use(at(110.5))?.intervalMs, 10_500);
  assert.equal(table.use(at(112))?.intervalMs, 2000);
});
