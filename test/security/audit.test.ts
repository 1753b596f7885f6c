/** The audit of the running daemon: what a caller writes into it, and what befalls its file. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, auditOf, type Daemon, type Home, makeHome, mint, startDaemon } from '../integration/daemon.ts';
import { until } from '../until.ts';

let home: Home;
let daemon: Daemon;
let token: string;

before(async () => {
  home = makeHome();
  daemon = await startDaemon(home, ['--set', 'security.rate_limit=1000000']);
  token = await mint(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const call = (tool: string, args: Record<string, unknown>, of: Home = home, by: string = token) =>
  ask({ socket: of.socket, path: `/tools/${tool}`, token: by, body: JSON.stringify(args) });

test('newlines and escapes in arguments neither begin a record nor reach a terminal', async () => {
  const forged = '\n{"outcome":"ok","agent":"somebody"}\n\u001b[31mred\u001b]0;title\u0007';
  const before = auditOf(home).length;
  await call('get_unit', { unit: forged });
  await call(`no${encodeURIComponent(forged)}`, {});
  const text = readFileSync(home.auditFile, 'utf8');
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f]/);
  const records = auditOf(home);
  assert.equal(records.length, before + 2);
  assert.ok(records.every((record) => record.agent !== 'somebody'));
});

test('arguments of 60,000 characters are answered, and recorded cut', async () => {
  const { status } = await call('query_journal', { grep: 'x'.repeat(60_000) });
  assert.equal(status, 400);
  const last = readFileSync(home.auditFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  assert.ok(last.length <= 16 * 1024, `${last.length}`);
  assert.equal(JSON.parse(last).tool, 'query_journal');
});

for (const [what, harm] of [
  ['renamed', (file: string) => renameSync(file, `${file}.moved`)],
  ['deleted', (file: string) => unlinkSync(file)],
  ['truncated', (file: string) => truncateSync(file)],
  [
    'replaced by another program',
    (file: string) => {
      unlinkSync(file);
      writeFileSync(file, '');
    },
  ],
] as const) {
  test(`when the file is ${what} underneath, later calls are on record under its name`, async () => {
    harm(home.auditFile);
    await until('a call is recorded', async () => {
      await call('whoami', {});
      try {
        return auditOf(home).some((record) => record.tool === 'whoami');
      } catch {
        return false;
      }
    });
    assert.equal((await ask({ socket: home.socket, path: '/health' })).status, 200);
  });
}

test('a folder in the place of the file: calls are answered, health says so, and the loss is on record afterwards', async () => {
  unlinkSync(home.auditFile);
  mkdirSync(home.auditFile);
  await until('health knows of the audit', async () => {
    assert.equal((await call('whoami', {})).status, 200);
    return (await ask({ socket: home.socket, path: '/health' })).status === 503;
  });
  assert.deepEqual((await ask({ socket: home.socket, path: '/health' })).json.failing, ['audit']);
  rmSync(home.auditFile, { recursive: true });
  await until(
    'the file is found writable again without a call',
    async () => (await ask({ socket: home.socket, path: '/health' })).status === 200,
  );
  const [first] = auditOf(home);
  assert.equal(first.outcome, 'lost');
  assert.ok(first.count >= 1);
});

test('after a kill -9 the next daemon goes on in the same file, and every line is whole', async () => {
  const answered = await Promise.all(Array.from({ length: 50 }, () => call('whoami', {})));
  assert.ok(answered.every(({ status }) => status === 200));
  const before = auditOf(home).length;
  assert.ok(before >= 50);
  await daemon.end('SIGKILL');
  writeFileSync(home.auditFile, '{"time":"torn', { flag: 'a' });
  daemon = await startDaemon(home, ['--set', 'security.rate_limit=1000000']);
  await call('whoami', {});
  const lines = readFileSync(home.auditFile, 'utf8').trimEnd().split('\n');
  assert.equal(lines.filter((line) => line.endsWith('}')).length, before + 1);
  assert.equal(lines[before], '{"time":"torn');
});

const mayMount = (() => {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test('on a disk that is full calls are answered, health says so, and there is room again without a restart', {
  skip: mayMount ? false : 'needs to mount a small file system',
}, async (t) => {
  const small = makeHome();
  const state = dirname(small.auditFile);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const disk = join(small.folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', disk]);
  const full = await startDaemon(small, [
    '--set',
    `audit.file=${join(disk, 'audit.log')}`,
    '--set',
    'security.rate_limit=1000000',
  ]);
  t.after(async () => {
    await full.end('SIGKILL');
    execFileSync('umount', [disk]);
    small.remove();
  });
  const by = await mint(small);
  const health = async () => (await ask({ socket: small.socket, path: '/health' })).status;
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(48 * 1024));
  await until('the disk is full', async () => {
    assert.equal((await call('whoami', {}, small, by)).status, 200);
    return (await health()) === 503;
  });
  assert.equal((await call('get_system_status', {}, small, by)).status, 200);
  unlinkSync(join(disk, 'ballast'));
  await until('there is room again', async () => (await health()) === 200);
  await call('whoami', {}, small, by);
  const outcomes = readFileSync(join(disk, 'audit.log'), 'utf8').trimEnd().split('\n').slice(-2);
  assert.equal(JSON.parse(outcomes[0] ?? '').outcome, 'lost');
  assert.equal(JSON.parse(outcomes[1] ?? '').outcome, 'ok');
});
