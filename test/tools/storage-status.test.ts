import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { getStorageStatus } from '../../src/tools/read/storage-status.ts';
import { copyMachine, type FrozenHost, openFrozenHost, until } from '../host/frozen-host.ts';
import { stillClock } from '../still-clock.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

test('by default all parts are answered, whole devices alone in the traffic', async () => {
  const { fileSystems, io, devices, unavailable } = await answerOf(getStorageStatus, frozen.host, {});
  assert.deepEqual(
    fileSystems.map(({ mountPoint }: { mountPoint: string }) => mountPoint),
    ['/srv/data sets', '/', '/boot/efi'],
  );
  assert.deepEqual(
    io.map(({ device }: { device: string }) => device),
    ['vda', 'vdc', 'vdd', 'vde', 'md0', 'dm-0'],
  );
  assert.equal(devices.length, 9);
  assert.equal(unavailable, undefined);
});

test('one device comes with what it lies on and what lies on it', async () => {
  const asked = async (device: string) =>
    names((await answerOf(getStorageStatus, frozen.host, { device })).devices);
  assert.deepEqual(await asked('md0'), ['dm-0', 'md0', 'vdd', 'vde']);
  assert.deepEqual(await asked('/dev/mapper/vg0-backup'), ['dm-0', 'md0', 'vdd', 'vde']);
  assert.deepEqual(await asked('vda1'), ['vda', 'vda1']);
});

test('whoever names a device gets its traffic, of partitions too, and no file systems', async () => {
  const { io, fileSystems } = await answerOf(getStorageStatus, frozen.host, { device: '/dev/vda15' });
  assert.deepEqual(
    io.map(({ device }: { device: string }) => device),
    ['vda', 'vda15'],
  );
  assert.equal(fileSystems, undefined);
});

test('whoever names a mount point gets that file system alone', async () => {
  const { fileSystems, io, devices } = await answerOf(getStorageStatus, frozen.host, {
    mountPoint: '/boot/efi',
  });
  assert.equal(fileSystems.length, 1);
  assert.equal(fileSystems[0].device, '/dev/vda15');
  assert.equal(io ?? devices, undefined);
});

test('a device or a mount point that is none is told with the nearest', async () => {
  await assert.rejects(
    answerOf(getStorageStatus, frozen.host, { device: 'vdb' }),
    (problem: Error & { hint: string }) => {
      assert.match(problem.hint, /^Did you mean 'vd[acde]'\? There are /);
      return true;
    },
  );
  await assert.rejects(answerOf(getStorageStatus, frozen.host, { mountPoint: '/boot' }), {
    code: 'not_found',
  });
});

test('a machine without these files says why of each part, and starts all the same', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(join(machine.proc, 'diskstats'));
  rmSync(join(machine.sys, 'class/block'), { recursive: true });
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  await until(() => host.system.status(['mounts']).sections.mounts !== undefined);
  const { io, devices, unavailable } = await answerOf(getStorageStatus, host, {});
  assert.equal(io ?? devices, undefined);
  assert.deepEqual(unavailable, [
    { section: 'io', reason: '/proc/diskstats cannot be read: ENOENT' },
    { section: 'devices', reason: '/sys/class/block cannot be read: ENOENT' },
  ]);
});

test('on this machine sizes are those of df, and devices those of /sys and /proc/diskstats', async (t) => {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  await until(
    () =>
      host.system
        .status(['mounts'])
        .sections.mounts?.fileSystems.every((one) => one.reason !== 'not asked yet') ?? false,
  );
  const { fileSystems, io = [], devices = [] } = await answerOf(getStorageStatus, host, {});
  for (const { mountPoint, state, totalBytes, inodes } of fileSystems) {
    if (state !== 'ok') continue;
    const df = execFileSync('df', ['-B1', '--output=size,itotal', '--', mountPoint], { encoding: 'utf8' });
    const [size, itotal] = (df.split('\n')[1] ?? '').trim().split(/\s+/);
    assert.equal(totalBytes, Number(size), mountPoint);
    assert.equal(inodes ?? 0, Number(itotal) || 0, mountPoint);
  }
  const kernels = new Set(
    readFileSync('/proc/diskstats', 'utf8')
      .split('\n')
      .flatMap((one) => one.trim().split(/\s+/)[2] ?? []),
  );
  for (const { device } of io) assert.ok(kernels.has(device), device);
  const withSize = readdirSync('/sys/class/block').filter(
    (name) => !/^ram\d/.test(name) && Number(readFileSync(`/sys/class/block/${name}/size`, 'utf8')) > 0,
  );
  assert.deepEqual(names(devices).sort(), withSize.sort());
});
