import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { editPrivate, makePrivate, readPrivate } from '../../src/base/private-file.ts';

function fileFor(t: TestContext): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'private-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, file: join(folder, 'secret') };
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

test('what was made is read back, and nothing lies beside it', (t) => {
  const { folder, file } = fileFor(t);
  assert.equal(makePrivate(file, 'one'), true);
  assert.equal(readPrivate(file), 'one');
  assert.equal(modeOf(file), '600');
  assert.deepEqual(readdirSync(folder), ['secret']);
});

test('a file that is there is not made again', (t) => {
  const { folder, file } = fileFor(t);
  makePrivate(file, 'one');
  assert.equal(makePrivate(file, 'two'), false);
  assert.equal(readPrivate(file), 'one');
  assert.deepEqual(readdirSync(folder), ['secret']);
});

test('a dangling link in the file’s place is not followed', (t) => {
  const { folder, file } = fileFor(t);
  symlinkSync(join(folder, 'elsewhere'), file);
  assert.equal(makePrivate(file, 'one'), false);
  assert.deepEqual(readdirSync(folder), ['secret']);
});

test('there is nothing to read where there is no file', (t) => {
  assert.equal(readPrivate(fileFor(t).file), undefined);
});

test('an edit gets the text as it is and leaves the one it returns', (t) => {
  const { folder, file } = fileFor(t);
  editPrivate(file, (text) => `${text} then one`);
  editPrivate(file, (text) => `${text} then two`);
  assert.equal(readPrivate(file), 'undefined then one then two');
  assert.equal(modeOf(file), '600');
  assert.deepEqual(readdirSync(folder), ['secret']);
});

test('an edit that fails changes nothing and leaves nothing', (t) => {
  const { folder, file } = fileFor(t);
  makePrivate(file, 'one');
  const fail = () => {
    throw new Error('no');
  };
  assert.throws(() => editPrivate(file, fail), /^Error: no$/);
  assert.equal(readPrivate(file), 'one');
  assert.deepEqual(readdirSync(folder), ['secret']);
});

test('an edit during another one is refused, so that neither is lost', (t) => {
  const { file } = fileFor(t);
  editPrivate(file, () => {
    assert.throws(() => editPrivate(file, () => 'inner'), {
      code: 'start_failed',
      detail: /another process/,
      hint: /remove \S+secret\.new\.$/,
    });
    return 'outer';
  });
  assert.equal(readPrivate(file), 'outer');
});

test('a long text is written whole', (t) => {
  const { file } = fileFor(t);
  const text = 'é'.repeat(500_000);
  makePrivate(file, text);
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('a folder that is missing is named', (t) => {
  const file = join(fileFor(t).folder, 'absent', 'secret');
  assert.throws(() => makePrivate(file, 'x'), { code: 'start_failed', hint: /absent\.$/ });
  assert.throws(() => editPrivate(file, () => 'x'), { code: 'start_failed', hint: /absent\.$/ });
});

for (const mode of [0o440, 0o640, 0o604, 0o601, 0o620]) {
  test(`a file of mode ${mode.toString(8)} is refused with the command that mends it`, (t) => {
    const { file } = fileFor(t);
    makePrivate(file, 'x');
    chmodSync(file, mode);
    assert.throws(() => readPrivate(file), { code: 'start_failed', hint: /^chmod 600 / });
  });
}

test('a file that the group may read is read where that is allowed, and not one that it may write', (t) => {
  const { file } = fileFor(t);
  makePrivate(file, 'x');
  chmodSync(file, 0o440);
  assert.equal(readPrivate(file, true), 'x');
  for (const mode of [0o460, 0o444, 0o450]) {
    chmodSync(file, mode);
    assert.throws(() => readPrivate(file, true), { code: 'start_failed', hint: /^chmod 440 / });
  }
});

test('a link is refused', (t) => {
  const { folder, file } = fileFor(t);
  makePrivate(join(folder, 'real'), 'x');
  symlinkSync('real', file);
  assert.throws(() => readPrivate(file), { code: 'start_failed', detail: /symbolic link/ });
});

test('a folder is refused', (t) => {
  const { file } = fileFor(t);
  mkdirSync(file, { mode: 0o700 });
  assert.throws(() => readPrivate(file), { code: 'start_failed', detail: /not a regular file/ });
});

test('a FIFO is refused without waiting for its other end', (t) => {
  const { file } = fileFor(t);
  execFileSync('mkfifo', ['-m', '600', file]);
  assert.throws(() => readPrivate(file), { code: 'start_failed', detail: /not a regular file/ });
});

test('a file of more than 1 MiB is refused unread', (t) => {
  const { file } = fileFor(t);
  writeFileSync(file, '', { mode: 0o600 });
  truncateSync(file, 50 * 1024 ** 3);
  assert.throws(() => readPrivate(file), { code: 'start_failed', detail: /53687091200 bytes/ });
});
