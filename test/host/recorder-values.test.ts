import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { MachineRoot } from '../../src/base/machine-root.ts';
import { openCounted } from '../../src/host/recorder-interfaces.ts';
import { type SeriesName, series } from '../../src/host/recorder-series.ts';
import { type Recorded, valuesOf, whyMissing } from '../../src/host/recorder-values.ts';
import { openSampler } from '../../src/host/sampler.ts';
import { stillClock } from '../still-clock.ts';
import { copyMachine, moveOn } from './frozen-host.ts';

/** All that a row is made of between the two moments of the frozen machine, a second apart. */
function recordedBetween(t: TestContext, harm: (machine: MachineRoot) => void = () => {}): Recorded {
  const { machine, remove } = copyMachine('debian-vm');
  harm(machine);
  const clock = stillClock();
  const sampler = openSampler(machine, clock);
  t.after(() => {
    sampler.close();
    remove();
  });
  clock.forward(1000);
  moveOn(machine, 'debian-vm-later');
  sampler.sample();
  return {
    ...sampler.span(),
    mounts: undefined,
    ranking: { sampledAtMs: 0, pass: { total: 123, byMemory: [] } },
    counts: openCounted(machine)(['lo', 'eth0', 'docker0', 'veth5f3a9c1']),
  };
}

function valuesBetween(t: TestContext, harm?: (machine: MachineRoot) => void) {
  const values = valuesOf(recordedBetween(t, harm));
  return Object.fromEntries(series.map(({ name }, i) => [name, Number(values[i]?.toFixed(1))]));
}

test('the values are those of the frozen machine, rates over the time between', (t) => {
  assert.deepEqual(valuesBetween(t), {
    cpu_used_percent: 35,
    cpu_user_percent: 20,
    cpu_system_percent: 12.5,
    cpu_iowait_percent: 5,
    cpu_steal_percent: 2.5,
    load_1m: 0.5,
    load_5m: 0.3,
    load_15m: 0.2,
    memory_used_percent: 31.4,
    memory_available_bytes: 2_827_472_896,
    swap_used_bytes: 25_165_824,
    pressure_cpu_some_percent: 1.2,
    pressure_cpu_full_percent: 0,
    pressure_memory_some_percent: 0,
    pressure_memory_full_percent: 0,
    pressure_io_some_percent: 2.2,
    pressure_io_full_percent: 1.9,
    network_received_bytes_per_second: 125_000,
    network_sent_bytes_per_second: 25_000,
    root_used_percent: Number.NaN,
    processes: 123,
  });
});

test('what this machine does not tell is no number', (t) => {
  const values = valuesBetween(t, (machine) => rmSync(join(machine.proc, 'pressure'), { recursive: true }));
  assert.ok(Number.isNaN(values['pressure_io_full_percent']));
  assert.ok(Number.isNaN(values['root_used_percent']));
  assert.equal(values['processes'], 123);
});

test('why a value is missing is said, and nothing of one that is there', (t) => {
  const recorded = recordedBetween(t, ({ proc }) => {
    rmSync(join(proc, 'pressure/io'));
    writeFileSync(join(proc, 'pressure/cpu'), 'some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n');
  });
  const why = (name: SeriesName) => whyMissing(name, recorded);
  assert.equal(
    why('pressure_io_some_percent'),
    'this kernel keeps no pressure stall information (/proc/pressure/io cannot be read: ENOENT)',
  );
  assert.equal(why('pressure_cpu_full_percent'), 'this kernel does not tell it');
  assert.equal(why('root_used_percent'), 'the mounts have not been read yet');
  assert.equal(why('pressure_cpu_some_percent'), undefined);
  assert.equal(
    whyMissing('network_sent_bytes_per_second', { ...recorded, counts: () => false }),
    'no network interface of its own has counters that go on',
  );
});

test('an interface with hardware counts, and what is built on it does not', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  mkdirSync(join(machine.sys, 'class/net/eth0/device'), { recursive: true });
  const names = ['lo', 'eth0', 'bond0', 'mgmt'];
  const counts = openCounted(machine)(names);
  assert.deepEqual(names.filter(counts), ['eth0']);
});

test('where sysfs shows no hardware the names decide', () => {
  const machine = { proc: '/nowhere', sys: '/nowhere', root: '/nowhere', live: false };
  const names = ['lo', 'eth0', 'ens5', 'docker0', 'veth1', 'br-1a2b', 'eth0.100', 'wlan0', 'wg0', 'bond0'];
  assert.deepEqual(names.filter(openCounted(machine)(names)), ['eth0', 'ens5', 'wlan0']);
});
