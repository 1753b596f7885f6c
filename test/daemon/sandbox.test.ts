/** The sandbox as a process really has it, from the files of one that systemd 257 started with the unit as shipped. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine } from '../../src/base/machine-root.ts';
import { sandboxDifferences } from '../../src/daemon/sandbox.ts';

const status = `Name:	MainThread
Uid:	998	998	998	998
Gid:	995	995	995	995
Groups:	4 995 999 
CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	36
`;

const mounts = `210 73 254:0 / / ro,nosuid,relatime shared:62 master:1 - ext4 /dev/vda rw
211 210 0:39 / /tmp rw,nosuid,nodev shared:63 master:2 - tmpfs tmpfs rw
239 210 0:53 / /dev ro,nosuid,noexec shared:80 - tmpfs tmpfs rw,mode=755
245 210 0:56 / /sys ro,nosuid,nodev,noexec,relatime shared:95 - sysfs sysfs rw
212 245 0:38 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime shared:96 master:13 - cgroup2 cgroup rw
249 211 0:39 /systemd-private-08aed1aa-systemmanager-mcp.service-obK7aC/tmp /tmp rw,nosuid,nodev - tmpfs tmpfs rw
`;

const shipped: Readonly<Record<string, string>> = {
  'proc/self/status': status,
  'proc/self/uid_map': '         0          0      65536\n',
  'proc/self/mountinfo': mounts,
  'proc/self/net/unix': `Num       RefCount Protocol Flags    Type St Inode Path
000000004834b888: 00000002 00000000 00000000 0002 01 3637770
`,
  'proc/1/uid_map': '         0          0 4294967295\n',
  'proc/1/mountinfo': `97 33 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
100 97 0:40 / /dev rw,nosuid shared:4 - tmpfs tmpfs rw,mode=755
98 97 0:39 / /tmp rw,nosuid,nodev shared:2 - tmpfs tmpfs rw
101 97 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:3 - sysfs sysfs rw
`,
  'proc/1/net/unix': `Num       RefCount Protocol Flags    Type St Inode Path
00000000683cca0e: 00000003 00000000 00000000 0001 03 3637711 /run/systemd/journal/stdout
00000000fd789c53: 00000002 00000000 00000000 0002 01 3634831 /run/systemd/notify
`,
  'etc/group':
    'root:x:0:\nadm:x:4:systemmanager\nsystemd-journal:x:999:\nsystemmanager:x:995:\ndocker:x:994:\n',
};

/** What is found where these files are others than as shipped. */
function differencesWith(t: TestContext, files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ ...shipped, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return sandboxDifferences(frozenMachine(folder));
}

test('as shipped there is no difference', (t) => {
  assert.deepEqual(differencesWith(t, {}), []);
});

test('with the network of the host its sockets are seen, and that is named', (t) => {
  const both = `${shipped['proc/self/net/unix']}${shipped['proc/1/net/unix']}`;
  assert.deepEqual(differencesWith(t, { 'proc/self/net/unix': both }), ['PrivateNetwork=no']);
});

test('with docker.conf the group and the user namespace are named', (t) => {
  const files = {
    'proc/self/status': status.replace('Groups:\t4 995 999', 'Groups:\t4 994 995 999'),
    'proc/self/uid_map': shipped['proc/1/uid_map'] ?? '',
  };
  assert.deepEqual(differencesWith(t, files), ['PrivateUsers=no', 'SupplementaryGroups=docker']);
});

test('with the /tmp of the host that is named', (t) => {
  const without = mounts.replace(/^.*systemd-private.*\n/m, '');
  assert.deepEqual(differencesWith(t, { 'proc/self/mountinfo': without }), ['PrivateTmp=no']);
});

test('capabilities that it may come to have are named', (t) => {
  const with_ = (set: string) => status.replace(/CapBnd:.*/, `CapBnd:\t${set}`);
  assert.deepEqual(differencesWith(t, { 'proc/self/status': with_('0000000000080004') }), [
    'CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE',
  ]);
  assert.deepEqual(differencesWith(t, { 'proc/self/status': with_('0000000000001000') }), [
    'CapabilityBoundingSet=12',
  ]);
  assert.deepEqual(differencesWith(t, { 'proc/self/status': with_('000001ffffffffff') }), [
    'CapabilityBoundingSet=~',
  ]);
});

test('privileges to be gained and system calls without a filter are named', (t) => {
  const loose = status.replace('NoNewPrivs:\t1', 'NoNewPrivs:\t0').replace('Seccomp:\t2', 'Seccomp:\t0');
  assert.deepEqual(differencesWith(t, { 'proc/self/status': loose }), [
    'NoNewPrivileges=no',
    'SystemCallFilter=',
  ]);
});

test('without any sandbox all of it is named', (t) => {
  const files = {
    'proc/self/status': `Groups:\t0\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n`,
    'proc/self/uid_map': shipped['proc/1/uid_map'] ?? '',
    'proc/self/mountinfo': shipped['proc/1/mountinfo'] ?? '',
    'proc/self/net/unix': shipped['proc/1/net/unix'] ?? '',
  };
  assert.deepEqual(differencesWith(t, files), [
    'NoNewPrivileges=no',
    'SystemCallFilter=',
    'PrivateUsers=no',
    'PrivateNetwork=no',
    'PrivateDevices=no',
    'PrivateTmp=no',
    'ProtectSystem=no',
    'ProtectKernelTunables=no',
    'ProtectControlGroups=no',
    'CapabilityBoundingSet=~',
    'SupplementaryGroups=root',
  ]);
});
