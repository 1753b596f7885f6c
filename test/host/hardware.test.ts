import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { liveMachine, type MachineRoot } from '../../src/base/machine-root.ts';
import { openCrew } from '../../src/host/crew.ts';
import { hardwareParts, openHardware } from '../../src/host/hardware.ts';
import { copyMachine } from './frozen-host.ts';

function openOn(t: TestContext, machine: MachineRoot) {
  const troubles: string[] = [];
  const options = { machine, onTrouble: (message: string) => troubles.push(message) };
  const crew = openCrew(options);
  const hardware = openHardware(crew, options);
  // A worker doesn't keep the process alive; a test that waits for one must.
  const alive = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(alive);
    hardware.close();
    crew.close();
  });
  return { hardware, troubles };
}

function frozen(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  return { machine, ...openOn(t, machine) };
}

test('the inventory is read once and kept', async (t) => {
  const { hardware, machine } = frozen(t);
  const first = await hardware.status(['system']);
  rmSync(join(machine.root, 'inventory.json'));
  assert.deepEqual(await hardware.status(['system']), first);
  assert.equal(first.system?.vendor, 'QEMU');
});

test('whoever asks at the same time waits for the same reading', async (t) => {
  const { hardware } = frozen(t);
  const [one, other] = await Promise.all([hardware.status(['disks']), hardware.status(['disks'])]);
  assert.equal(one.disks?.[0], other.disks?.[0]);
});

test('what could not be read is said, the rest is told, and the next one who asks tries again', async (t) => {
  const { hardware, machine, troubles } = frozen(t);
  const file = join(machine.root, 'inventory.json');
  const record = readFileSync(file);
  writeFileSync(file, '{');
  const failed = await hardware.status(['cpu', 'os', 'virtualization']);
  assert.deepEqual(failed, {
    virtualization: { kind: 'virtual', hypervisor: 'kvm' },
    unavailable: [
      { part: 'cpu, os', reason: 'the programs that tell it failed; the log of the daemon says why' },
    ],
  });
  assert.deepEqual(troubles, ['the hardware cannot be read']);
  writeFileSync(file, record);
  assert.equal((await hardware.status(['cpu'])).cpu?.threads, 4);
});

test('a frozen machine without a record is not answered from the machine that this runs on', async (t) => {
  const { hardware, machine } = frozen(t);
  rmSync(join(machine.root, 'inventory.json'));
  const status = await hardware.status(['cpu', 'memory']);
  assert.deepEqual(Object.keys(status), ['unavailable']);
});

test('parts that were not asked for are not there, nor why they are missing', async (t) => {
  const { hardware } = frozen(t);
  assert.deepEqual(Object.keys(await hardware.status(['os'])), ['os', 'unavailable']);
  assert.deepEqual((await hardware.status(['os'])).unavailable, []);
});

test('this machine has as many threads as Node.js sees, and the kernel that uname tells', async (t) => {
  const { hardware, troubles } = openOn(t, liveMachine());
  const status = await hardware.status(hardwareParts);
  assert.deepEqual(troubles, []);
  assert.equal(status.cpu?.threads, cpus().length);
  assert.equal(status.os?.kernel, execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
  assert.ok(['physical', 'virtual', 'unknown'].includes(status.virtualization?.kind ?? ''));
});
