import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { processIds, readHolder, readSocketOwners } from '../../src/host/socket-owners.ts';
import { copyMachine } from './frozen-host.ts';

test('a socket is known by every process that holds it, in ascending order', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const { pids, hiddenProcesses } = readSocketOwners(machine);
  assert.deepEqual(pids.get(20102), [612, 1501]);
  assert.deepEqual(pids.get(20201), [1, 734]);
  assert.deepEqual(pids.get(20301), [901]);
  assert.equal(hiddenProcesses, 0);
});

test('a process that has a socket twice holds it once', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  symlinkSync('socket:[20301]', join(machine.proc, '901/fd/77'));
  assert.deepEqual(readSocketOwners(machine).pids.get(20301), [901]);
});

test('a process whose descriptors may not be read is counted, one that has ended is not', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  rmSync(join(machine.proc, '901/fd'), { recursive: true });
  writeFileSync(join(machine.proc, '901/fd'), '');
  rmSync(join(machine.proc, '1200'), { recursive: true });
  const { pids, hiddenProcesses } = readSocketOwners(machine);
  assert.equal(hiddenProcesses, 1);
  assert.equal(pids.has(20301), false);
});

test('a holder has its name, unit and container', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.deepEqual(readHolder(machine, 1200), { pid: 1200, name: 'nginx: (worker)', unit: 'nginx.service' });
  assert.deepEqual(readHolder(machine, 901), {
    pid: 901,
    name: 'postgres',
    unit: 'docker-4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170.scope',
    containerId: '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170',
  });
  assert.deepEqual(readHolder(machine, 4_000_000), { pid: 4_000_000 });
});

test('processes are gone through in ascending order of their numbers', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.deepEqual(processIds(machine), [1, 2, 41, 612, 734, 901, 1200, 1501]);
});
