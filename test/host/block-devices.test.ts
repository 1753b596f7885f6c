import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readBlockDevices } from '../../src/host/block-devices.ts';
import { copyMachine } from './frozen-host.ts';

/** A machine without block devices, and a way to give it some: the attributes of each by their path. */
function machineWith(t: TestContext, devices: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const shown = join(machine.sys, 'class/block');
  rmSync(shown, { recursive: true });
  mkdirSync(shown);
  for (const [path, attributes] of Object.entries(devices)) {
    const folder = join(machine.sys, 'devices', path);
    for (const [name, value] of Object.entries({ ro: '0', ...attributes })) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), `${value}\n`);
    }
    symlinkSync(join('../../devices', path), join(shown, path.split('/').at(-1) ?? ''));
  }
  return readBlockDevices(machine);
}

test('a disk has its model, its size in bytes and its scheduler, and its partitions lie on it', (t) => {
  const nvme = 'pci0/nvme/nvme0/nvme0n1';
  assert.deepEqual(
    machineWith(t, {
      [nvme]: {
        ...{ dev: '259:0', size: '1000', removable: '0', 'queue/rotational': '0' },
        ...{ 'queue/scheduler': 'none [mq-deadline] kyber', 'device/model': 'Fast One 1TB' },
      },
      [`${nvme}/nvme0n1p1`]: { dev: '259:1', size: '800', partition: '1', ro: '1' },
    }),
    [
      {
        name: 'nvme0n1',
        number: '259:0',
        kind: 'disk',
        sizeBytes: 512_000,
        readOnly: false,
        on: [],
        model: 'Fast One 1TB',
        rotational: false,
        removable: false,
        scheduler: 'mq-deadline',
      },
      {
        name: 'nvme0n1p1',
        number: '259:1',
        kind: 'partition',
        sizeBytes: 409_600,
        readOnly: true,
        on: ['nvme0n1'],
      },
    ],
  );
});

for (const [uuid, kind] of [
  ['LVM-Ab3', 'lvm'],
  ['CRYPT-LUKS2-77-luks', 'crypt'],
  ['mpath-360', 'multipath'],
  ['', 'dm'],
] as const) {
  test(`a device-mapper device with the uuid '${uuid}' is ${kind}`, (t) => {
    const [found] = machineWith(t, {
      'virtual/block/dm-3': {
        dev: '253:3',
        size: '8',
        'dm/name': 'some-name',
        'dm/uuid': uuid,
        'slaves/sda2': '',
      },
    });
    assert.equal(found?.kind, kind);
    assert.equal(found?.mapperName, 'some-name');
    assert.deepEqual(found?.on, ['sda2']);
  });
}

test('an array tells its level, its state, what is missing, and how far a rebuild has come', (t) => {
  const md = (more: Record<string, string>) => ({
    ...{ dev: '9:127', size: '8', 'md/level': 'raid5', 'md/array_state': 'active', 'md/raid_disks': '3' },
    ...more,
  });
  const [rebuilding] = machineWith(t, {
    'virtual/block/md127': md({
      'md/degraded': '1',
      'md/sync_action': 'recover',
      'md/sync_completed': '33 / 99',
    }),
  });
  assert.deepEqual(rebuilding?.array, {
    level: 'raid5',
    state: 'active',
    members: 3,
    missingMembers: 1,
    syncAction: 'recover',
    syncPercent: 33.3,
  });
  const [whole] = machineWith(t, {
    'virtual/block/md127': md({ 'md/degraded': '0', 'md/sync_action': 'idle', 'md/sync_completed': 'none' }),
  });
  assert.deepEqual(whole?.array, {
    level: 'raid5',
    state: 'active',
    members: 3,
    missingMembers: 0,
    syncAction: 'idle',
  });
});

test('what has no size is left out, and so is memory that plays a disk', (t) => {
  assert.deepEqual(
    machineWith(t, {
      'virtual/block/loop0': { dev: '7:0', size: '0' },
      'virtual/block/ram0': { dev: '1:0', size: '8192' },
      'virtual/block/loop1': { dev: '7:1', size: '16', 'loop/backing_file': '/var/images/\u001b[31mred.img' },
      'virtual/block/zram0': { dev: '252:0', size: '16' },
      'pci0/sr0': { dev: '11:0', size: '16', 'device/vendor': 'QEMU', 'device/model': 'DVD-ROM' },
    }).map(({ name, kind, backingFile, model }) => ({ name, kind, backingFile, model })),
    [
      { name: 'loop1', kind: 'loop', backingFile: '/var/images/red.img', model: undefined },
      { name: 'sr0', kind: 'rom', backingFile: undefined, model: 'QEMU DVD-ROM' },
      { name: 'zram0', kind: 'zram', backingFile: undefined, model: undefined },
    ],
  );
});

test('a vendor that is a number or a bus is no part of the model', (t) => {
  const disk = (vendor: string) => ({ dev: '8:0', size: '8', 'device/vendor': vendor, 'device/model': 'M1' });
  const found = machineWith(t, {
    'pci0/vda': disk('0x1af4'),
    'pci0/sda': disk('ATA'),
    'pci0/sdb': disk('Acme'),
  });
  assert.deepEqual(
    found.map(({ model }) => model),
    ['M1', 'Acme M1', 'M1'],
  );
});
