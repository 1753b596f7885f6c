import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { parseMountTable, realMounts } from '../../src/host/mount-table.ts';
import { parseStatFs, readSpace, spaceOf } from '../../src/host/space.ts';

test('the blocks kept for root are neither used nor available', () => {
  const space = spaceOf({
    blockBytes: 4096,
    blocks: 1000,
    freeBlocks: 400,
    availableBlocks: 300,
    inodes: 100,
    freeInodes: 90,
  });
  assert.deepEqual(space, {
    totalBytes: 4_096_000,
    usedBytes: 2_457_600,
    availableBytes: 1_228_800,
    usedPercent: 66.7,
    inodes: 100,
    usedInodes: 10,
  });
});

test('a file system without a size or inodes has no figures for them', () => {
  const none = { blockBytes: 4096, blocks: 0, freeBlocks: 0, availableBlocks: 0, inodes: 0, freeInodes: 0 };
  assert.deepEqual(spaceOf(none), { totalBytes: 0, usedBytes: 0, availableBytes: 0 });
});

test('what stat printed is read by mount point, spaces and all', () => {
  const record = parseStatFs('4096 10 5 4 100 90 /srv/data sets\nbroken\n');
  assert.deepEqual([...record.keys()], ['/srv/data sets']);
  assert.equal(record.get('/srv/data sets')!.availableBlocks, 4);
});

test("this machine's root has the size that df says", () => {
  const mounts = realMounts(parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8')));
  const reading = readSpace(liveMachine(), mounts.find((mount) => mount.mountPoint === '/')!);
  const said = execFileSync('df', ['-B1', '--output=size,used,avail,pcent', '/'], { encoding: 'utf8' });
  const [size = 0, used = 0, available = 0, percent = 0] = said.split('\n')[1]!.match(/\d+/g)!.map(Number);
  assert.ok('value' in reading);
  assert.equal(reading.value.totalBytes, size);
  const near = 512 * 1024 * 1024;
  assert.ok(Math.abs(reading.value.usedBytes - used) < near);
  assert.ok(Math.abs(reading.value.availableBytes - available) < near);
  assert.ok(Math.abs(Math.ceil(reading.value.usedPercent!) - percent) <= 1);
});

test('another file system at the place of a mount is not taken for it', () => {
  const reading = readSpace(liveMachine(), {
    id: 1,
    deviceNumber: '4095:1',
    rootPath: '/',
    mountPoint: '/',
    fsType: 'ext4',
    device: '/dev/none',
    readOnly: false,
  });
  assert.deepEqual(reading, { reason: 'hidden from the daemon by its own mount namespace' });
});
