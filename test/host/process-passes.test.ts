import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openProcessPasses } from '../../src/host/process-passes.ts';
import { copyMachine, moveOn, rewrite } from './frozen-host.ts';

function openOn(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  return { machine, passes: openProcessPasses(machine) };
}

test('the first pass ranks memory and has no use of CPU time', (t) => {
  const pass = openOn(t).passes.pass(2);
  assert.equal(pass.total, 8);
  assert.equal(pass.byCpu, undefined);
  assert.equal(pass.intervalMs, undefined);
  assert.deepEqual(pass.byMemory[1], {
    pid: 734,
    name: 'dockerd',
    uid: 0,
    user: 'root',
    rssBytes: 89_292_800,
    unit: 'docker.service',
  });
});

test('the second pass ranks CPU time over the real interval, in percent of a core', (t) => {
  const { machine, passes } = openOn(t);
  passes.pass(3);
  moveOn(machine, 'debian-vm-later');
  const pass = passes.pass(3);
  assert.equal(pass.intervalMs, 15_000);
  assert.deepEqual(
    pass.byCpu!.map(({ name, cpuPercent }) => [name, cpuPercent]),
    [
      ['postgres', 30],
      ['nginx: (worker)', 5],
      ['dockerd', 2],
    ],
  );
});

test('a pid that is another process now owes nothing to the one before', (t) => {
  const { machine, passes } = openOn(t);
  passes.pass(3);
  moveOn(machine, 'debian-vm-later');
  // Started 14,410 s after boot, it has used 1.5 s of CPU time since.
  const stat = '901 (successor) R 1 901 901 0 -1 0 0 0 0 0 100 50 0 0 20 0 1 0 1441000 0 10 0\n';
  rewrite(join(machine.proc, '901/stat'), stat);
  const row = passes.pass(3).byCpu!.find(({ pid }) => pid === 901);
  assert.equal(row!.cpuPercent, 10);
});

test('a process that is gone between listing and reading is left out', (t) => {
  const { machine, passes } = openOn(t);
  rewrite(join(machine.proc, '612/stat'), '');
  assert.equal(passes.pass(1).total, 7);
});

test('a user without a name here is unknown, with the number', (t) => {
  const [row] = openOn(t).passes.pass(1).byMemory;
  assert.equal(row!.user, 'unknown');
  assert.equal(row!.uid, 999);
});

test('where users are hidden the overflow number has no name', (t) => {
  const { machine } = openOn(t);
  const status = 'Name:\tx\nUid:\t65534\t65534\t65534\t65534\n';
  writeFileSync(join(machine.proc, '901/status'), status);
  assert.equal(openProcessPasses(machine).pass(1).byMemory[0]!.user, 'nobody');
  rewrite(join(machine.proc, 'self/uid_map'), '0 0 65536\n');
  assert.equal(openProcessPasses(machine).pass(1).byMemory[0]!.user, 'unknown');
});

test('on this machine this process is among the ones with memory', () => {
  const pass = openProcessPasses(liveMachine()).pass(100_000);
  const self = pass.byMemory.find(({ pid }) => pid === process.pid);
  const actual = process.memoryUsage.rss();
  assert.ok(self !== undefined);
  assert.ok(Math.abs(self.rssBytes - actual) < actual / 4);
  assert.equal(self.uid, process.geteuid?.());
});
