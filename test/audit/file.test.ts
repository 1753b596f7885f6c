/** The file is the record, whatever happens to it underneath. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { openRecordFile, type RecordFileNeeds } from '../../src/audit/file.ts';
import { stillClock } from '../still-clock.ts';
import { folderFor } from './opened.ts';

function opened(t: TestContext, needs: Partial<RecordFileNeeds> = {}) {
  const file = needs.file ?? join(folderFor(t), 'audit.log');
  const clock = stillClock();
  const troubles: string[] = [];
  const records = openRecordFile({
    file,
    maxSizeBytes: 1e9,
    keep: 3,
    clock,
    onTrouble: (message) => troubles.push(message),
    lostLine: (count) => `lost ${count}`,
    ...needs,
  });
  t.after(() => records.close());
  return { file, clock, troubles, records, text: (suffix = '') => readFileSync(`${file}${suffix}`, 'utf8') };
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command}: ${error ?? stderr}`);
}

test('lines are added to what is there', (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'audit.log'), 'older\n');
  const { records, text } = opened(t, { file: join(folder, 'audit.log') });
  assert.ok(records.append('a') && records.appendDurably('b'));
  assert.equal(text(), 'older\na\nb\n');
});

test('the file is 0640 whatever the umask and whatever it was', (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const fresh = opened(t);
  assert.equal(statSync(fresh.file).mode & 0o777, 0o640);
  const file = join(folderFor(t), 'audit.log');
  writeFileSync(file, '', { mode: 0o600 });
  process.umask(0);
  opened(t, { file });
  assert.equal(statSync(file).mode & 0o777, 0o640);
});

for (const [what, make] of [
  ['a symbolic link', (path: string) => symlinkSync('/dev/null', path)],
  ['a FIFO', (path: string) => run('mkfifo', path)],
  ['a folder', (path: string) => mkdirSync(path)],
] as const) {
  test(`${what} of that name is not written to`, (t) => {
    const file = join(folderFor(t), 'audit.log');
    make(file);
    const { records, troubles } = opened(t, { file });
    assert.equal(records.append('a'), false);
    assert.equal(records.healthy(), false);
    assert.equal(troubles.length, 1);
  });
}

function replace(file: string): void {
  unlinkSync(file);
  writeFileSync(file, '');
}

for (const [what, harm] of [
  ['deleted', unlinkSync],
  ['renamed', (file: string) => renameSync(file, `${file}.moved`)],
  ['replaced', replace],
] as const) {
  test(`a file that was ${what} is noticed within a second, before a change at once`, (t) => {
    const { file, clock, records, text } = opened(t);
    records.append('before');
    harm(file);
    assert.ok(records.appendDurably('intent'));
    assert.equal(text(), 'intent\n');
    harm(file);
    clock.forward(1000);
    assert.ok(records.append('after'));
    assert.equal(text(), 'after\n');
  });
}

test('a file that was truncated is written on from its beginning', (t) => {
  const { file, records, text } = opened(t);
  records.append('before');
  truncateSync(file);
  records.append('after');
  assert.equal(text(), 'after\n');
});

test('a rotated file is left when the daemon is told to', (t) => {
  const { file, records, text } = opened(t);
  records.append('before');
  renameSync(file, `${file}.1`);
  records.reopen();
  records.append('after');
  assert.deepEqual([text('.1'), text()], ['before\n', 'after\n']);
});

test('a file that has grown large is rolled, and so many are kept as was said', (t) => {
  const { file, records, text } = opened(t, { maxSizeBytes: 10, keep: 2 });
  for (const line of ['first record', 'second record', 'third record', 'fourth record']) records.append(line);
  assert.deepEqual(
    [text('.2'), text('.1'), text()],
    ['second record\n', 'third record\n', 'fourth record\n'],
  );
  assert.deepEqual(readdirSync(join(file, '..')).sort(), ['audit.log', 'audit.log.1', 'audit.log.2']);
});

test('with none to keep the file is never rolled', (t) => {
  const { file, records, text } = opened(t, { maxSizeBytes: 10, keep: 0 });
  for (const line of ['first record', 'second record']) records.append(line);
  assert.equal(text(), 'first record\nsecond record\n');
  assert.deepEqual(readdirSync(join(file, '..')), ['audit.log']);
});

test('a file that cannot be rolled grows on and loses nothing', (t) => {
  const { file, clock, records, troubles, text } = opened(t, { maxSizeBytes: 10, keep: 1 });
  mkdirSync(`${file}.1/in-the-way`, { recursive: true });
  records.append('first record');
  records.append('second record');
  records.append('third record');
  assert.equal(text(), 'first record\nsecond record\nthird record\n');
  assert.equal(troubles.length, 1);
  rmSync(`${file}.1`, { recursive: true });
  clock.forward(60_000);
  records.append('fourth record');
  assert.equal(text(), 'fourth record\n');
});

test('a line that another life left without its end is closed first', (t) => {
  const { file, records, text } = opened(t);
  appendFileSync(file, '{"cut');
  records.reopen();
  records.append('whole');
  assert.equal(text(), '{"cut\nwhole\n');
});

test('on a file that may not grow, what fits goes in, the rest is counted, and the loss is said first afterwards', (t) => {
  const { records, troubles, text } = opened(t);
  t.after(() => run('prlimit', '--pid', `${process.pid}`, '--fsize=unlimited:'));
  run('prlimit', '--pid', `${process.pid}`, '--fsize=100:');
  assert.ok(records.append('x'.repeat(80)));
  assert.equal(records.append('y'.repeat(80)), false);
  assert.equal(records.append('z'.repeat(80)), false);
  assert.equal(records.appendDurably('intent'), false);
  assert.deepEqual([records.lost(), records.healthy(), troubles.length], [3, false, 1]);
  run('prlimit', '--pid', `${process.pid}`, '--fsize=unlimited:');
  assert.ok(records.append('after'));
  assert.equal(text(), `${'x'.repeat(80)}\n${'y'.repeat(19)}\nlost 3\nafter\n`);
  assert.deepEqual([records.lost(), records.healthy()], [0, true]);
});

test('without further calls the file is found writable again too', (t) => {
  const folder = join(folderFor(t), 'later');
  const { records, text } = opened(t, { file: join(folder, 'audit.log') });
  records.append('lost');
  records.recover();
  assert.equal(records.healthy(), false);
  mkdirSync(folder);
  records.recover();
  assert.equal(records.healthy(), true);
  assert.equal(text(), 'lost 1\n');
});

/** A file system of 64 KiB of its own. */
function smallDisk(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'audit-test', folder);
  t.after(() => {
    run('umount', '--lazy', folder);
    rmdirSync(folder);
  });
  return folder;
}

// Root in a container may lack the right to mount, as an ordinary user does.
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

if (mayMount) {
  test('a disk that is really full, then has room again', (t) => {
    const folder = smallDisk(t);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(40 * 1024));
    const { records, text } = opened(t, { file: join(folder, 'audit.log') });
    const line = 'x'.repeat(999);
    let written = 0;
    while (written < 100 && records.append(line)) written += 1;
    assert.ok(written > 0 && written < 100, `${written}`);
    assert.equal(records.appendDurably('y'.repeat(5000)), false);
    unlinkSync(join(folder, 'ballast'));
    assert.ok(records.appendDurably('after'));
    const lines = text().split('\n');
    assert.deepEqual(lines.slice(-3), ['lost 2', 'after', '']);
    assert.equal(lines.filter((one) => one === line).length, written);
  });

  test('a file system that has become read-only, then writable again', (t) => {
    const folder = smallDisk(t);
    const { records, text } = opened(t, { file: join(folder, 'audit.log') });
    records.append('before');
    records.close();
    run('mount', '-o', 'remount,ro', folder);
    assert.equal(records.appendDurably('intent'), false);
    run('mount', '-o', 'remount,rw', folder);
    assert.ok(records.appendDurably('after'));
    assert.equal(text(), 'before\nlost 1\nafter\n');
  });
}

test('after a kill -9 in the middle every intent that was acknowledged is in the file, each on a whole line', async (t) => {
  const file = join(folderFor(t), 'audit.log');
  const program = join(import.meta.dirname, 'programs/write-intents.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line);
    if (acknowledged === 200) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  assert.ok(acknowledged >= 200);
  const intents = readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .filter(({ outcome }) => outcome === 'intent');
  const ids = intents.slice(0, acknowledged).map(({ correlationId }) => correlationId);
  assert.deepEqual(
    ids,
    Array.from({ length: acknowledged }, (_, n) => `c-${n + 1}`),
  );
});
