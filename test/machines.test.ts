/**
 * Machines of many kinds, each frozen in a folder: every monitoring tool that works from files answers on each, and
 * says what is particular to it.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Scope } from '../src/auth/scopes.ts';
import { hardwareParts } from '../src/host/hardware.ts';
import { processOrders } from '../src/host/process-list.ts';
import { sections } from '../src/host/status.ts';
import { storageSections } from '../src/host/storage.ts';
import { listConnections } from '../src/tools/read/connections.ts';
import { getHardware } from '../src/tools/read/hardware.ts';
import { getMetricsHistory } from '../src/tools/read/metrics-history.ts';
import { getNetworkStatus } from '../src/tools/read/network-status.ts';
import { getProcess } from '../src/tools/read/process.ts';
import { listProcesses } from '../src/tools/read/processes.ts';
import { queryJournal } from '../src/tools/read/query-journal.ts';
import { getStorageStatus } from '../src/tools/read/storage-status.ts';
import { getSystemStatus } from '../src/tools/read/system-status.ts';
import { listUnits } from '../src/tools/read/units.ts';
import { type FrozenHost, openFrozenHost, openMachine } from './host/frozen-host.ts';
import { answerOf } from './tools/answering.ts';

const scopes: Scope[] = ['monitor', 'docker:read'];

/** A machine, opened for the tests of one `describe`, and what its tools answer. */
function onMachine(name: string, open: (name: string) => Promise<FrozenHost> = openMachine) {
  let frozen: FrozenHost;
  before(async () => {
    frozen = await open(name);
  });
  after(() => frozen.close());
  const ask = (tool: unknown) => (args: Record<string, unknown>) => answerOf(tool, frozen.host, args, scopes);
  const machine = {
    troubles: () => frozen.troubles,
    system: ask(getSystemStatus),
    processes: ask(listProcesses),
    process: ask(getProcess),
    storage: ask(getStorageStatus),
    network: ask(getNetworkStatus),
    connections: ask(listConnections),
    hardware: ask(getHardware),
    units: ask(listUnits),
    journal: ask(queryJournal),
    history: (metrics: readonly string[]) =>
      answerOf(getMetricsHistory, frozen.host, { metrics }, scopes, frozen.clock.now()),
  };

  test('every part is answered or named with the reason, and nothing is null or empty', async () => {
    const system = await machine.system({ sections: [...sections] });
    const storage = await machine.storage({});
    const hardware = await machine.hardware({});
    const rows = [];
    for (const sort of processOrders) rows.push(...(await machine.processes({ sort })).processes);
    assert.ok(rows.length > 0);
    const answers = [
      ...[system, storage, hardware, rows, await machine.network({}), await machine.connections({})],
      ...(await Promise.all([...new Set(rows.map(({ pid }) => pid))].map((pid) => machine.process({ pid })))),
    ];
    for (const answer of answers) assertTelling(answer, '');
    assert.deepEqual(unanswered(system, sections, 'section'), []);
    assert.deepEqual(unanswered(storage, storageSections, 'section'), []);
    assert.deepEqual(unanswered(hardware, hardwareParts, 'part'), []);
    assert.deepEqual(machine.troubles(), []);
  });
  return machine;
}

/** No null, no empty word, and no number that is none (which JSON makes null). */
function assertTelling(value: unknown, place: string): void {
  assert.ok(value !== null && value !== '', `${place} says nothing`);
  if (typeof value !== 'object') return;
  for (const [name, member] of Object.entries(value ?? {})) assertTelling(member, `${place}.${name}`);
}

/** What the parts of the hardware are called in the answer, and in the reasons. */
const hardwareWords: Readonly<Record<string, readonly string[]>> = {
  memory: ['memoryModules', 'memory modules'],
  system: ['system', 'system, board, bios'],
};

/** The parts that are neither there nor explained. */
function unanswered(
  answer: Record<string, unknown>,
  parts: readonly string[],
  key: 'section' | 'part',
): readonly string[] {
  const reasons = (answer['unavailable'] ?? []) as readonly Record<string, string>[];
  return parts.filter((part) => {
    const words = (key === 'part' ? hardwareWords[part] : undefined) ?? [part];
    const isThere = words.some((word) => answer[word] !== undefined);
    const reason = reasons.find((one) => words.includes(one[key] ?? ''))?.['reason'];
    return !isThere && !(reason !== undefined && reason.length > 10);
  });
}

interface Named {
  readonly name: string;
}

const named = <T extends Named>(rows: readonly T[], name: string): T | undefined =>
  rows.find((row) => row.name === name);

describe('a Debian VM', () => {
  const machine = onMachine('debian-vm', openFrozenHost);

  test('tells its hypervisor, its software RAID and its pressure', async () => {
    const { virtualization } = await machine.hardware({ parts: ['virtualization'] });
    assert.deepEqual(virtualization, { kind: 'virtual', hypervisor: 'kvm' });
    const { devices } = await machine.storage({ sections: ['devices'] });
    assert.equal(named<Named & { array: { level: string } }>(devices, 'md0')?.array.level, 'raid1');
    assert.equal((await machine.system({ sections: ['pressure'] })).pressure.length, 6);
  });
});

const rootlessContainer = '9f2c0a1b2c3d';

describe('a host with cgroup v2 alone', () => {
  const machine = onMachine('cgroup2-host');

  test("a container deep in a user's slice is known with its unit and its tightest limits", async () => {
    const { unit, containerId, cgroup, user } = await machine.process({ pid: 4400 });
    assert.equal(unit, 'user@1000.service');
    assert.equal(containerId, rootlessContainer);
    assert.deepEqual(cgroup, { memoryMaxBytes: 536_870_912, cpuMaxCores: 1.5, pidsMax: 2048 });
    assert.equal(user, 'unknown');
    const { processes } = await machine.processes({ container: '9f2c0a' });
    assert.deepEqual(
      processes.map(({ pid }: { pid: number }) => pid),
      [4400],
    );
  });

  test('two subvolumes of one btrfs are shown each, on the partition of its disk', async () => {
    const { fileSystems, devices } = await machine.storage({});
    assert.deepEqual(fileSystems.map(({ mountPoint }: { mountPoint: string }) => mountPoint).sort(), [
      '/',
      '/boot',
      '/boot/efi',
      '/home',
    ]);
    const partition = named<Named & { on: string[]; mountPoints: string[] }>(devices, 'nvme0n1p3');
    assert.deepEqual(partition?.on, ['nvme0n1']);
    assert.deepEqual(partition?.mountPoints, ['/', '/home']);
    assert.equal(named<Named & { kind: string }>(devices, 'zram0')?.kind, 'zram');
  });

  test('a physical machine has temperatures and fans', async () => {
    const { virtualization, sensors, cpu } = await machine.hardware({});
    assert.deepEqual(virtualization, { kind: 'physical' });
    assert.deepEqual(sensors.fans, [{ chip: 'thinkpad', label: 'fan1', rpm: 2650 }]);
    assert.deepEqual([cpu.minMHz, cpu.maxMHz], [400, 4700]);
  });

  test('an interface without a speed of its own has none', async () => {
    const { interfaces } = await machine.network({ interface: 'wlp0s20f3' });
    assert.equal('speedMbitPerSecond' in interfaces[0], false);
    assert.deepEqual(interfaces[0].addresses, [{ family: 'ipv4', address: '192.0.2.30', prefixLength: 24 }]);
  });
});

describe('a host of an old kernel without pressure stall information', () => {
  const machine = onMachine('no-psi');

  test('says that there is none, and answers the rest', async () => {
    const { pressure, cpu, unavailable } = await machine.system({});
    assert.equal(pressure, undefined);
    assert.deepEqual(unavailable, [
      {
        section: 'pressure',
        reason: 'this kernel keeps no pressure stall information (/proc/pressure/cpu cannot be read: ENOENT)',
      },
    ]);
    assert.equal(cpu.usedPercent, 25);
  });

  test('its history names what it cannot have, with the reason', async () => {
    const { unavailable } = await machine.history(['pressure_io_some_percent', 'load_1m']);
    assert.deepEqual(unavailable, [
      {
        metric: 'pressure_io_some_percent',
        reason: 'this kernel keeps no pressure stall information (/proc/pressure/io cannot be read: ENOENT)',
      },
      { metric: 'load_1m', reason: 'nothing was recorded of it' },
    ]);
  });

  test('what is available is reckoned where the kernel does not say it', async () => {
    const { memory } = await machine.system({ sections: ['memory'] });
    assert.equal(memory.availableBytes, (420_000 + 2000 + 2_600_000 + 300_000 - 17_000) * 1024);
  });

  test('limits are found in the trees of cgroup v1, and the container by its folder', async () => {
    const { containerId, unit, cgroup } = await machine.process({ pid: 2210 });
    assert.match(containerId, /^b700112233/);
    assert.equal(unit, undefined);
    assert.deepEqual(cgroup, { memoryMaxBytes: 268_435_456, cpuMaxCores: 0.5 });
  });

  test('a logical volume is told by its name and where it is mounted', async () => {
    const { devices, io } = await machine.storage({ device: 'centos-root' });
    const { kind, mapperName, mountPoints, on } = named(devices, 'dm-0') as Record<string, unknown> & Named;
    assert.deepEqual(
      { kind, mapperName, mountPoints, on },
      {
        kind: 'lvm',
        mapperName: 'centos-root',
        mountPoints: ['/'],
        on: ['sda2'],
      },
    );
    assert.equal(io.length, 3);
  });
});

describe('an arm64 board', () => {
  const machine = onMachine('arm64-board');

  test('its CPU is named, and no clock is made up', async () => {
    const { cpu } = await machine.hardware({ parts: ['cpu'] });
    assert.deepEqual(cpu, {
      vendor: 'ARM',
      model: 'Cortex-A76',
      sockets: 1,
      physicalCores: 4,
      threads: 4,
    });
  });

  test('the device tree tells what machine it is, for there is no DMI table', async () => {
    const { system, virtualization, unavailable } = await machine.hardware({
      parts: ['system', 'virtualization'],
    });
    assert.deepEqual(system, { model: 'Radxa ROCK 5B' });
    assert.deepEqual(virtualization, { kind: 'physical' });
    assert.equal(unavailable, undefined);
  });

  test('resident memory is counted in its pages of 16 KiB', async () => {
    const { processes } = await machine.processes({ name: 'mosquitto' });
    assert.equal(processes[0].rssBytes, 700 * 16_384);
  });

  test('a memory card is a disk with partitions', async () => {
    const { io } = await machine.storage({ sections: ['io'] });
    assert.deepEqual(
      io.map(({ device }: { device: string }) => device),
      ['mmcblk0', 'mmcblk0boot0'],
    );
  });
});

describe('a server with bonds, VLANs and a bridge', () => {
  const machine = onMachine('bonded');
  const interfaces = async () => (await machine.network({})).interfaces as readonly Named[];
  const one = async (name: string) => named(await interfaces(), name) as Record<string, unknown> & Named;

  test('a bond tells its mode and its members, and each member its bond', async () => {
    const { members, bond } = await one('bond0');
    assert.deepEqual({ members, bond }, { members: ['eno1', 'eno2'], bond: { mode: '802.3ad' } });
    assert.equal((await one('eno1'))['memberOf'], 'bond0');
  });

  test('of a bond with one active member it is told which, and that the other is down', async () => {
    assert.deepEqual((await one('bond1'))['bond'], { mode: 'active-backup', active: 'eno3' });
    assert.equal((await one('eno4'))['state'], 'down');
  });

  test('a VLAN tells its id and its parent, whatever it is called', async () => {
    assert.deepEqual((await one('bond0.100'))['vlan'], { id: 100, parent: 'bond0' });
    assert.deepEqual((await one('storage'))['vlan'], { id: 200, parent: 'bond0' });
    assert.equal((await one('storage'))['mtu'], 9000);
  });

  test('a bridge tells its members, and is no bond', async () => {
    const { members, bond, addresses } = await one('br0');
    assert.deepEqual(members, ['bond0.100', 'vnet0']);
    assert.equal(bond, undefined);
    assert.deepEqual(addresses, [{ family: 'ipv4', address: '192.0.2.60', prefixLength: 24 }]);
  });
});

describe('inside a container', () => {
  const machine = onMachine('container');

  test('without systemd it has neither units nor a journal, and says so', async () => {
    await assert.rejects(machine.units({}), { code: 'unavailable' });
    await assert.rejects(machine.journal({}), { code: 'unavailable' });
  });

  test('the limit of its memory is told beside the memory of the machine', async () => {
    const { memory } = await machine.system({ sections: ['memory'] });
    assert.equal(memory.totalBytes, 32_800_000 * 1024);
    assert.deepEqual(memory.container, {
      limitBytes: 536_870_912,
      usedBytes: 167_772_160,
      usedPercent: 31.3,
    });
  });

  test('its processes are limited by the cgroup that is the root here', async () => {
    const { cgroup, user, parents } = await machine.process({ pid: 1 });
    assert.deepEqual(cgroup, { memoryMaxBytes: 536_870_912, cpuMaxCores: 1.5, pidsMax: 512 });
    assert.equal(user, 'app');
    assert.deepEqual(parents, []);
  });

  test('traffic of the disks is told where sysfs shows no block devices, without their partitions', async () => {
    const { io, devices, unavailable } = await machine.storage({});
    assert.deepEqual(
      io.map(({ device }: { device: string }) => device),
      ['vda', 'vdb', 'dm-0'],
    );
    assert.equal(devices, undefined);
    assert.deepEqual(unavailable, [
      { section: 'devices', reason: '/sys/class/block cannot be read: ENOENT' },
    ]);
  });

  test('a device is found by its own name there, and a wrong name gets the right ones', async () => {
    const { io } = await machine.storage({ sections: ['io'], device: '/dev/vda1' });
    assert.deepEqual(
      io.map(({ device }: { device: string }) => device),
      ['vda1'],
    );
    await assert.rejects(machine.storage({ sections: ['io'], device: 'vdc' }), {
      code: 'not_found',
      hint: "Did you mean 'vda'? There are loop0, vda, vda1, vdb, dm-0.",
    });
  });

  test('a file that is bound from a disk does not stand for the disk', async () => {
    const { fileSystems } = await machine.storage({ sections: ['fileSystems'] });
    assert.deepEqual(fileSystems.map(({ mountPoint }: { mountPoint: string }) => mountPoint).sort(), [
      '/',
      '/app/uploads',
    ]);
  });

  test('the container is named beside the hypervisor, and what it hides with the reason', async () => {
    const { virtualization, unavailable } = await machine.hardware({});
    assert.deepEqual(virtualization, { kind: 'virtual', hypervisor: 'other', container: 'docker' });
    assert.deepEqual(unavailable.map(({ part }: { part: string }) => part).sort(), [
      'disks',
      'graphics',
      'memory modules',
      'sensors',
      'system, board, bios',
    ]);
  });
});
