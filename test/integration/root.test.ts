/** The daemon started as root: it becomes the configured user for good, or refuses. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, makeHome, program, runProgram, watch } from './daemon.ts';
import { unixListening } from './listening.ts';

const skip = process.getuid?.() === 0 ? false : 'only root can drop root';
const home = makeHome();
chmodSync(home.folder, 0o755);
after(() => home.remove());

const nobody = 65534;
const env = {
  PATH: home.env['PATH'] ?? '',
  STATE_DIRECTORY: join(home.folder, 'lib'),
  LOGS_DIRECTORY: join(home.folder, 'log'),
};

test('started as root it serves the inherited socket as the configured user, with nothing of root left', {
  skip,
}, async (t) => {
  mkdirSync(join(home.folder, 'sockets'));
  const path = join(home.folder, 'sockets/mcp.sock');
  const socket = unixListening(path);
  const child = spawn(
    'sh',
    ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...program, 'serve', '--set', 'server.user=nobody'],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'mcp' },
      stdio: ['ignore', 'pipe', 'pipe', socket.fd],
    },
  );
  const daemon = watch(child, home);
  t.after(() => daemon.end('SIGKILL'));
  await daemon.says('"msg":"ready"');
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^CapBnd:\t0+$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  assert.equal((await ask({ socket: path, path: '/health' })).status, 200);
  assert.equal(statSync(join(home.folder, 'lib/keys.json')).uid, nobody);
  assert.equal(statSync(join(home.folder, 'log/audit.log')).uid, nobody);
  assert.equal(await daemon.end('SIGTERM'), 0);
});

test('what root mints before the first start the daemon can read', { skip }, async () => {
  const minted = await runProgram(
    home,
    ['token', 'mint', '--system', '--agent', 'a', '--scopes', 'monitor', '--ttl', '1h'],
    { ...env, STATE_DIRECTORY: join(home.folder, 'fresh'), SYSTEMMANAGER_SERVER_USER: 'nobody' },
  );
  assert.equal(minted.status, 0, minted.stderr);
  for (const file of ['fresh', 'fresh/keys.json'])
    assert.equal(statSync(join(home.folder, file)).uid, nobody);
  assert.equal(statSync(join(home.folder, 'fresh/keys.json')).mode & 0o777, 0o600);
});

test('a token minted by root verifies in the daemon of another user', { skip }, async () => {
  const folder = join(home.folder, 'owned');
  mkdirSync(folder);
  chownSync(folder, nobody, nobody);
  const minted = await runProgram(
    home,
    ['token', 'mint', '--system', '--agent', 'a', '--scopes', 'monitor', '--ttl', '1h'],
    { ...env, STATE_DIRECTORY: folder, SYSTEMMANAGER_SERVER_USER: 'nobody' },
  );
  assert.equal(minted.status, 0, minted.stderr);
  assert.equal(statSync(join(folder, 'keys.json')).uid, nobody);
});

test('a user that does not exist stops the start with the command that makes it', { skip }, async () => {
  const { status, stderr } = await runProgram(home, ['serve', '--set', 'server.user=no-such-user'], env);
  assert.equal(status, 1);
  assert.match(stderr, /useradd --system/);
});

test('with folders of its own root must say that it serves as root', { skip }, async () => {
  const { status, stderr } = await runProgram(home, ['serve', '--user']);
  assert.equal(status, 2);
  assert.match(stderr, /--as-root/);
});

test('of its allowed folders it says what it cannot see, with the group that would show it', {
  skip,
}, async (t) => {
  const logs = join(home.folder, 'logs');
  const locked = join(home.folder, 'locked');
  mkdirSync(logs);
  mkdirSync(locked, { mode: 0o700 });
  for (const [file, mode] of [
    ['open.log', 0o644],
    ['kept.log', 0o640],
  ] as const)
    writeFileSync(join(logs, file), '', { mode });
  const adm = Number(/^adm:[^:]*:(\d+)/m.exec(readFileSync('/etc/group', 'utf8'))?.[1]);
  chownSync(join(logs, 'kept.log'), 0, adm);
  const path = join(home.folder, 'roots.sock');
  const socket = unixListening(path);
  const child = spawn(
    'sh',
    [
      ...['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...program, 'serve'],
      ...['--set', 'server.user=nobody', '--set', `filesystem.allowed_paths=${logs},${locked},${logs}/none`],
    ],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...env, STATE_DIRECTORY: join(home.folder, 'roots'), LISTEN_FDS: '1', LISTEN_FDNAMES: 'mcp' },
      stdio: ['ignore', 'pipe', 'pipe', socket.fd],
    },
  );
  const daemon = watch(child, home);
  t.after(() => daemon.end('SIGKILL'));
  await daemon.says(`allowed_paths: ${logs} has 1 of 2 files that the daemon may not read`);
  await daemon.says('kept.log is of the group adm: give it to the daemon with server.groups.');
  await daemon.says(`allowed_paths: ${locked} may not be read by the daemon`);
  await daemon.says(`allowed_paths: ${logs}/none does not exist`);
});
