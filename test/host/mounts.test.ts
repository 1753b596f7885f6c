import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCrew } from '../../src/host/crew.ts';
import { openMounts } from '../../src/host/mounts.ts';
import { stillClock } from '../still-clock.ts';
import { copyMachine, until } from './frozen-host.ts';

function openOn(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  const crew = openCrew({ machine, onTrouble: () => {} });
  const alive = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(alive);
    crew.close();
    remove();
  });
  const clock = stillClock();
  return { machine, clock, crew, mounts: openMounts(crew, clock) };
}

test('before the first round nothing is known', (t) => {
  assert.equal(openOn(t).mounts.status(), undefined);
});

test('each real mount is asked once', async (t) => {
  const { mounts } = openOn(t);
  await mounts.round();
  assert.deepEqual(
    mounts.status()!.map(({ mount, state, space }) => [mount.mountPoint, state, space?.usedPercent]),
    [
      ['/', 'ok', 39.5],
      ['/boot/efi', 'ok', 4.7],
      ['/srv/data sets', 'ok', 95],
    ],
  );
});

test('a mount that cannot be asked says why', async (t) => {
  const { machine, mounts } = openOn(t);
  rmSync(join(machine.root, 'statfs'));
  await mounts.round();
  const [root] = mounts.status()!;
  assert.equal(root!.state, 'unavailable');
  assert.equal(root!.reason, 'ENOENT');
});

test('without a table of mounts the round fails and what was known stays, with its time', async (t) => {
  const { machine, clock, mounts } = openOn(t);
  await mounts.round();
  rmSync(join(machine.proc, '1/mountinfo'));
  clock.forward(15_000);
  await assert.rejects(mounts.round(), { code: 'unavailable', cause: 'ENOENT' });
  assert.equal(mounts.status()![0]!.askedAtMs, Date.UTC(2026, 0, 2, 3, 4, 5));
});

test('when several are hung the last worker is not risked for another, and all are asked again later', async (t) => {
  const { machine, mounts, crew } = openOn(t);
  const record = join(machine.root, 'statfs');
  const kept = readFileSync(record, 'utf8');
  rmSync(record);
  execFileSync('mkfifo', [record]);
  appendFileSync(join(machine.proc, '1/mountinfo'), '99 28 8:64 / /fourth rw - ext4 /dev/sde rw\n');
  await mounts.round();
  assert.deepEqual(
    mounts.status()!.map(({ state, reason }) => reason ?? state),
    ['hung', 'hung', 'hung', 'not asked: too many other file systems are hung'],
  );
  const pass = await crew.run('rankProcesses', [3], { deadlineMs: 10_000 });
  assert.equal(pass.total, 8);

  renameSync(record, join(machine.root, 'fifo'));
  writeFileSync(record, kept);
  closeSync(openSync(join(machine.root, 'fifo'), 'r+'));
  await until(() => crew.stuck() === 0);
  await mounts.round();
  assert.deepEqual(
    mounts.status()!.map(({ state, reason }) => reason ?? state),
    ['ok', 'ok', 'ok', 'not on record'],
  );
});

/** A file system in user space is the one that a test can hang for real. */
const fuse = (() => {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
})();

const hangs =
  'a hung mount is shown as hung, delays no other, is left alone, and is asked again once it answers';
test(hangs, { skip: fuse ? false : 'this user may not open /dev/fuse' }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hung-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const programs = join(import.meta.dirname, 'programs');
  const said = execFileSync(
    'unshare',
    [
      ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
      '--mount',
      'sh',
      join(programs, 'hung-mount.sh'),
      folder,
      process.execPath,
      '--import',
      'tsx',
      join(programs, 'hung-mount.ts'),
      folder,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const told = JSON.parse(said);
  assert.deepEqual(told.whileHung, { '/before': 'ok', '/hung': 'hung', '/after': 'ok' });
  assert.equal(told.stuckAfterFirst, 1);
  assert.ok(told.firstRoundMs < 10_000, `the first round took ${told.firstRoundMs} ms`);
  assert.equal(told.stuckAfterSecond, 1);
  assert.match(told.whenAnswered['/hung'], /^E[A-Z]+$/);
  assert.equal(told.whenAnswered['/after'], 'ok');
});
