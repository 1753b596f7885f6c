import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hypervisorOf, readVirtualization } from '../../src/host/virtualization.ts';
import { copyMachine } from './frozen-host.ts';

const virtual = 'flags\t\t: fpu vme hypervisor lahf_lm\n';
const physical = 'flags\t\t: fpu vme lahf_lm\n';
const signs = { dmi: '', cpuinfo: virtual, kernelSays: '', clocks: 'tsc', deviceTree: '' };

test('hypervisors are known by what they put into the DMI table', () => {
  const named = (dmi: string) => hypervisorOf({ ...signs, dmi }).hypervisor;
  assert.equal(named('m7i.large · Amazon EC2'), 'amazon');
  assert.equal(named('Google Compute Engine · Google'), 'google');
  assert.equal(named('VMware Virtual Platform · VMware, Inc.'), 'vmware');
  assert.equal(named('VirtualBox · innotek GmbH'), 'oracle');
  assert.equal(named('Virtual Machine · Microsoft Corporation'), 'microsoft');
  assert.equal(named('HVM domU · Xen'), 'xen');
  assert.equal(named('Standard PC · QEMU'), 'qemu');
});

test('QEMU with the clock of KVM is KVM', () => {
  const found = hypervisorOf({ ...signs, dmi: 'Standard PC · QEMU', clocks: 'kvm-clock tsc acpi_pm' });
  assert.deepEqual(found, { kind: 'virtual', hypervisor: 'kvm' });
});

test('a hypervisor that has no name here is another one', () => {
  assert.deepEqual(hypervisorOf(signs), { kind: 'virtual', hypervisor: 'other' });
});

test('a physical machine of a maker of hypervisors stays physical', () => {
  const found = hypervisorOf({ ...signs, dmi: 'Surface · Microsoft Corporation', cpuinfo: physical });
  assert.deepEqual(found, { kind: 'physical' });
});

test('a board says it in its device tree, and one that says nothing is unknown', () => {
  const board = { ...signs, cpuinfo: 'Features\t: fp asimd\n' };
  assert.deepEqual(hypervisorOf({ ...board, deviceTree: 'linux,kvm\0' }), {
    kind: 'virtual',
    hypervisor: 'kvm',
  });
  assert.deepEqual(hypervisorOf(board), { kind: 'unknown' });
});

test('the container that the daemon runs in is named', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.deepEqual(readVirtualization(machine), { kind: 'virtual', hypervisor: 'kvm' });
  writeFileSync(join(machine.root, '.dockerenv'), '');
  assert.equal(readVirtualization(machine).container, 'docker');
  mkdirSync(join(machine.root, 'run/systemd'), { recursive: true });
  writeFileSync(join(machine.root, 'run/systemd/container'), 'systemd-nspawn\n');
  assert.equal(readVirtualization(machine).container, 'systemd-nspawn');
});
