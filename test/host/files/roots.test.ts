import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine, liveMachine, type MachineRoot } from '../../../src/base/machine-root.ts';
import { examineRoot } from '../../../src/host/files/roots.ts';

function open(t: TestContext): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'smcp-')));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  return base;
}

/** A machine of which only the table of mounts and the groups are known. */
function machineWith(base: string, mountinfo: string, groups = ''): MachineRoot {
  for (const folder of ['proc/self', 'etc', 'tmp/app', 'srv/logs'])
    mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(base, 'proc/self/mountinfo'), mountinfo);
  writeFileSync(join(base, 'etc/group'), groups);
  return frozenMachine(base);
}

test('of a folder that is what it looks like there is nothing to say', (t) => {
  const base = open(t);
  writeFileSync(join(base, 'a.log'), '');
  assert.deepEqual(examineRoot(liveMachine(), base), []);
});

test('a folder that is missing, a file, and a file system of the kernel are not served', (t) => {
  const base = open(t);
  writeFileSync(join(base, 'file'), '');
  for (const [root, says] of [
    [join(base, 'missing'), 'does not exist, or the daemon does not see it'],
    [join(base, 'file'), 'is no directory'],
    ['/proc/self', 'is in a file system of the kernel, and nothing there is shown'],
  ] as const) {
    const [finding, ...more] = examineRoot(liveMachine(), root);
    assert.deepEqual([finding?.served, finding?.says, more.length], [false, says, 0]);
  }
});

test('a folder that is a link is served, and where it leads is said', (t) => {
  const base = open(t);
  mkdirSync(join(base, 'real'));
  symlinkSync('real', join(base, 'link'));
  assert.deepEqual(examineRoot(liveMachine(), join(base, 'link')), [
    { root: join(base, 'link'), served: true, says: `leads to ${base}/real` },
  ]);
});

test('a /tmp of the daemon’s own is told apart from the host’s', (t) => {
  const base = open(t);
  const privately = '1 0 8:1 /tmp/systemd-private-1f-x.service-Ab/tmp /tmp rw - ext4 /dev/sda1 rw\n';
  // The place of a live machine's /tmp: on a frozen one the paths below it are elsewhere.
  const machine = { ...machineWith(base, privately), root: '/' };
  const app = mkdtempSync('/tmp/smcp-');
  t.after(() => rmSync(app, { recursive: true }));
  for (const root of ['/tmp', app]) {
    const [finding] = examineRoot(machine, root);
    assert.equal(finding?.served, false);
    assert.match(finding?.says ?? '', /own, not the host’s/);
    assert.match(finding?.mend ?? '', /files\.conf/);
  }
  assert.match(examineRoot(machine, '/tmp/none')[0]?.mend ?? '', /files\.conf/);
  writeFileSync(join(base, 'proc/self/mountinfo'), '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n');
  assert.deepEqual(examineRoot(machine, app), []);
});

test('a folder bound from elsewhere is served, and what it is of is said', (t) => {
  const base = open(t);
  const app = join(base, 'srv/logs');
  const machine = machineWith(base, `1 0 8:1 /exports/logs ${app} rw - ext4 /dev/sdb1 rw\n`);
  assert.deepEqual(examineRoot({ ...machine, root: '/' }, app), [
    { root: app, served: true, says: 'is /exports/logs of /dev/sdb1, bound there' },
  ]);
});

test('a frozen machine’s folders are looked for below it', (t) => {
  const base = open(t);
  const machine = machineWith(base, '');
  assert.deepEqual(examineRoot(machine, '/srv/logs'), []);
  assert.equal(examineRoot(machine, '/srv/none')[0]?.served, false);
});
