import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMountTable, realMounts } from '../../src/host/mount-table.ts';

const real = (...lines: string[]) =>
  realMounts(parseMountTable(`${lines.join('\n')}\n`)).map((one) => one.mountPoint);

test('a line is read with its optional fields, however many', () => {
  const [none, one, three] = parseMountTable(
    '28 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n' +
      '29 1 254:2 /sub /a rw shared:1 - ext4 /dev/vda2 rw\n' +
      '30 1 254:3 / /b ro shared:1 master:2 propagate_from:3 - xfs /dev/vda3 rw\n',
  );
  assert.equal(none!.device, '/dev/vda1');
  assert.deepEqual(one, {
    id: 29,
    deviceNumber: '254:2',
    rootPath: '/sub',
    mountPoint: '/a',
    fsType: 'ext4',
    device: '/dev/vda2',
    readOnly: false,
  });
  assert.equal(three!.readOnly, true);
});

test('octal escapes stand for what they escape, once', () => {
  const [mount] = parseMountTable('28 1 8:1 / /srv/data\\040sets\\011\\134040 rw - ext4 /dev/sda rw\n');
  assert.equal(mount!.mountPoint, '/srv/data sets\t\\040');
});

test('a file system that is read-only itself is so wherever it is mounted', () => {
  assert.equal(parseMountTable('28 1 8:1 / /x rw - iso9660 /dev/sr0 ro\n')[0]!.readOnly, true);
});

test('broken lines are left out', () => {
  assert.deepEqual(
    parseMountTable('\nnonsense\n28 1 8:1 / /x rw ext4 /dev/sda rw\n28 1 8:1 / /x rw - ext4\n'),
    [],
  );
});

test('what the kernel makes up is no file system that can fill up', () => {
  assert.deepEqual(
    real(
      '1 0 0:1 / /proc rw - proc proc rw',
      '2 0 0:2 / /run rw - tmpfs tmpfs rw',
      '3 0 0:3 / /dev/shm rw - tmpfs tmpfs rw',
      '4 0 0:4 / /mnt/auto rw - autofs systemd-1 rw',
      '5 0 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro',
      '6 0 0:6 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw',
    ),
    [],
  );
});

test('disks, network file systems and a tmpfs where people put files are shown', () => {
  assert.deepEqual(
    real(
      '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 0 0:9 / /srv/nfs rw - nfs4 server.example:/export rw',
      '3 0 0:10 / /mnt/ssh rw - fuse.sshfs someone@server.example: rw',
      '4 0 0:11 / /tmp rw - tmpfs tmpfs rw',
    ),
    ['/', '/srv/nfs', '/mnt/ssh', '/tmp'],
  );
});

test('a root that is an overlay is shown, for there is no other', () => {
  assert.deepEqual(real('1 0 0:5 / / rw - overlay overlay rw'), ['/']);
});

test('bind mounts of what is there already are shown once, by the whole', () => {
  assert.deepEqual(
    real(
      '1 0 8:1 /var/spool /srv/spool rw - ext4 /dev/sda1 rw',
      '2 0 8:1 / / rw - ext4 /dev/sda1 rw',
      '3 0 8:1 / /again rw - ext4 /dev/sda1 rw',
    ),
    ['/'],
  );
});

test('subvolumes of a btrfs are shown each', () => {
  assert.deepEqual(
    real('1 0 0:30 /@ / rw - btrfs /dev/sda2 rw', '2 0 0:30 /@home /home rw - btrfs /dev/sda2 rw'),
    ['/', '/home'],
  );
});

test('what lies under a later mount at the same place is not shown', () => {
  assert.deepEqual(
    realMounts(
      parseMountTable('1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n2 0 8:2 / /data rw - xfs /dev/sdb1 rw\n'),
    ).map((mount) => mount.device),
    ['/dev/sdb1'],
  );
});

test('files that a container engine binds are no file systems of their own', () => {
  assert.deepEqual(
    real(
      '1 0 0:40 / / rw - overlay overlay rw',
      '2 1 254:1 /docker/c1/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw',
      '3 1 254:1 /docker/c1/hosts /etc/hosts rw - ext4 /dev/vda1 rw',
      '4 1 254:1 /docker/volumes/v1 /data rw - ext4 /dev/vda1 rw',
    ),
    ['/', '/data'],
  );
});

test('a file that is bound from a disk does not stand for it: the next folder of the disk does', () => {
  const table = parseMountTable(
    '1 0 0:40 / / rw - overlay overlay rw\n' +
      '2 1 254:1 /srv/app.conf /app.conf rw - ext4 /dev/vda1 rw\n' +
      '3 1 254:1 /srv/data /data rw - ext4 /dev/vda1 rw\n' +
      '4 1 254:2 / /license rw - ext4 /dev/vda2 rw\n',
  );
  const asked: string[] = [];
  const shown = realMounts(table, ({ mountPoint }) => {
    asked.push(mountPoint);
    return mountPoint === '/app.conf';
  });
  assert.deepEqual(
    shown.map(({ mountPoint }) => mountPoint),
    ['/', '/data', '/license'],
  );
  assert.deepEqual(asked, ['/app.conf', '/data']);
});
