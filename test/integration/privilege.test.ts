/** Root is dropped by a real process, and nothing leads back: not a thread, not a capability, not a set-uid program. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ChildOptions, runChild, startChild } from '../daemon/child.ts';
import { descriptorOf } from '../daemon/descriptor.ts';

const program = join(import.meta.dirname, 'programs/drop.ts');
const skip = process.getuid?.() === 0 ? false : 'only root can drop root';
const folder = mkdtempSync(join(tmpdir(), 'drop-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

/** What `drop.ts USER GROUPS SET-UID-PROGRAM` prints in the process that goes on, or that refuses to. */
async function drop(args: readonly string[], options: ChildOptions = {}) {
  const { stdout, stderr, pid } = await runChild(program, { ...options, args });
  assert.equal(stderr, '');
  return { pid, told: JSON.parse(stdout) };
}

const none = '0000000000000000';
const withoutCapabilities = `CapInh ${none}; CapPrm ${none}; CapEff ${none}; CapBnd ${none}; CapAmb ${none}`;

test('no thread has an id, a group or a capability of root left', { skip }, async () => {
  const { told } = await drop(['nobody', '']);
  assert.deepEqual(told.threads, [
    `Uid 65534 65534 65534 65534; Gid 65534 65534 65534 65534; Groups 65534; ${withoutCapabilities}; NoNewPrivs 1`,
  ]);
  assert.equal(told.root, false);
});

test('configured groups are joined beside those of the user', { skip }, async () => {
  const { told } = await drop(['nobody', 'adm']);
  const adm = /^adm:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
  assert.match(told.threads[0], new RegExp(`; Groups ${adm} 65534; `));
});

test('inheritable and ambient capabilities go as well', { skip }, async () => {
  const by = ['setpriv', '--inh-caps', '+chown', '--ambient-caps', '+chown', '--'];
  const { told } = await drop(['nobody', ''], { by });
  assert.equal(told.threads.length, 1);
  assert.match(told.threads[0], new RegExp(withoutCapabilities));
});

test('the ids of root cannot be taken back', { skip }, async () => {
  const { told } = await drop(['nobody', '']);
  assert.deepEqual([told.setuid, told.setgid, told.setgroups], ['EPERM', 'EPERM', 'EPERM']);
});

test('files of root cannot be read', { skip }, async () => {
  const { told } = await drop(['nobody', '']);
  assert.equal(told.shadow, 'EACCES');
});

test('a set-uid program of root gives nothing back', { skip }, async () => {
  const suid = join(folder, 'id');
  copyFileSync('/usr/bin/id', suid);
  chmodSync(suid, 0o4755);
  const control = spawnSync(suid, ['-u'], { encoding: 'utf8', uid: 65534, gid: 65534 });
  assert.equal(control.stdout, '0\n', `${folder} must be on a file system that honours set-uid bits`);
  const { told } = await drop(['nobody', '', suid]);
  assert.equal(told.suid, '65534');
});

test('the process goes on with its number, its arguments and its environment', { skip }, async () => {
  const { pid, told } = await drop(['nobody', ''], { env: { KEPT: 'yes', HOME: '/root', USER: 'root' } });
  assert.equal(told.pid, pid);
  assert.deepEqual(told.env, ['nobody', 'nobody', '/nonexistent', 'yes']);
});

test('an inherited socket is served after the drop, and a stray descriptor is closed', { skip }, async () => {
  const handed = createServer().listen(0, '127.0.0.1');
  await once(handed, 'listening');
  const { port } = handed.address() as AddressInfo;
  const stray = openSync('/etc/passwd', 'r');
  const child = startChild(program, {
    args: ['nobody', '', ''],
    descriptors: [descriptorOf(handed), stray],
    env: { LISTEN_PID: 'own', LISTEN_FDS: '1', LISTEN_FDNAMES: 'tcp' },
  });
  closeSync(stray);
  handed.close();
  const [response] = await once(get({ port, host: '127.0.0.1' }), 'response');
  const told = JSON.parse(String(await response.setEncoding('utf8').reduce((a: string, b: string) => a + b)));
  assert.deepEqual([told.pid, told.root, told.listeners, told.files], [child.pid, false, ['3 tcp'], []]);
});

test('an unknown group stops the start', { skip }, async () => {
  const { told } = await drop(['nobody', 'no-such-group']);
  assert.deepEqual(told, {
    code: 'start_failed',
    detail: 'Root cannot be dropped for the user nobody: Group identifier does not exist: no-such-group.',
    hint: 'Name existing groups in server.groups, or make them with groupadd --system.',
  });
});

test('a program that the user may not read stops the start', { skip }, async () => {
  const hidden = mkdtempSync(join(tmpdir(), 'hidden-'));
  const node = join(hidden, 'node');
  copyFileSync(process.execPath, node);
  const { stdout } = spawnSync(node, ['--import', 'tsx', program, 'nobody', ''], { encoding: 'utf8' });
  rmSync(hidden, { recursive: true });
  const { code, hint } = JSON.parse(stdout);
  assert.equal(code, 'start_failed');
  assert.equal(
    hint,
    'Install the daemon and its runtime where nobody may read them, for example below /usr/lib.',
  );
});

test('the group of root among those of the user is found out', { skip }, async () => {
  const { told } = await drop(['nobody', 'root']);
  assert.deepEqual(told, {
    code: 'start_failed',
    detail: 'Root was not dropped completely: Groups 0 65534.',
    hint: 'Take the user of the daemon out of the group root, or let systemd start the daemon with User=.',
  });
});

test('an ordinary user has nothing to drop and is told so', async () => {
  const uid = process.getuid?.() === 0 ? 65534 : process.getuid?.();
  const { told } = await drop(['nobody', ''], uid === undefined ? {} : { uid });
  assert.deepEqual(told, {
    code: 'start_failed',
    detail:
      'Root cannot be dropped for the user nobody: The system call prctl(PR_CAPBSET_DROP) failed: EPERM.',
    hint: 'Let systemd start the daemon with User= instead.',
  });
});
