import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { midnight, openRecorded, secondMs, smallHistory } from './recorded.ts';

/** A recorder with one row in it, whose file of samples `harm` changes while it is closed. */
function harmed(t: TestContext, harm: (file: string) => void) {
  const recorded = openRecorded();
  t.after(() => recorded.close());
  recorded.row(1);
  harm(join(recorded.folder, 'samples.ring'));
  recorded.reopen();
  return recorded;
}

const asideIn = (folder: string) => readdirSync(folder).filter((name) => /\.(damaged|old)-/.test(name));

const whyOf = ({ troubles }: { troubles: { facts: unknown }[] }) =>
  troubles.map(({ facts }) => (facts as { why: string }).why);

test('a foreign file is set aside as it is, with a warning, and recording begins anew', (t) => {
  const recorded = harmed(t, (file) => writeFileSync(file, 'not ours\n'));
  assert.deepEqual(asideIn(recorded.folder), ['samples.ring.damaged-20260102T000010Z']);
  const aside = join(recorded.folder, 'samples.ring.damaged-20260102T000010Z');
  assert.equal(readFileSync(aside, 'utf8'), 'not ours\n');
  assert.deepEqual(whyOf(recorded), ['it is no file of the recorder']);
  recorded.row(2);
  const means = recorded.means(midnight, midnight + 20 * secondMs, 2);
  assert.deepEqual(means, [undefined, 2]);
});

test('a file that is cut short is set aside', (t) => {
  const recorded = harmed(t, (file) => truncateSync(file, 5000));
  assert.deepEqual(whyOf(recorded), ['it has 5000 bytes']);
});

test('a file whose header is damaged is set aside', (t) => {
  const recorded = harmed(t, (file) => {
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.alloc(16), 0, 16, 0);
    closeSync(fd);
  });
  assert.deepEqual(whyOf(recorded), ['it is no file of the recorder']);
});

for (const [what, make] of [
  ['a folder', (file: string) => mkdirSync(file)],
  ['a link', (file: string) => symlinkSync('/etc/passwd', file)],
  ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
] as const) {
  test(`${what} in the place of a file is set aside and neither followed nor waited for`, (t) => {
    const recorded = harmed(t, (file) => {
      rmSync(file);
      make(file);
    });
    assert.deepEqual(whyOf(recorded), ['it is no file']);
    recorded.row(2);
    assert.deepEqual(recorded.means(midnight + 10 * secondMs, midnight + 20 * secondMs, 1), [2]);
  });
}

test('other settings set only the files aside that they change', (t) => {
  const recorded = openRecorded();
  t.after(() => recorded.close());
  recorded.row(1);
  recorded.reopen({ ...smallHistory, keepMinutesSeconds: 2 * 86_400 });
  assert.deepEqual(asideIn(recorded.folder), ['minutes.ring.old-20260102T000010Z']);
  assert.deepEqual(whyOf(recorded), ['it was made for other settings or by another version']);
  assert.deepEqual(recorded.means(midnight, midnight + 10 * secondMs, 1), [1]);
});

test('of the files set aside the newest stays alone, so that the disk does not fill', (t) => {
  const recorded = harmed(t, (file) => writeFileSync(file, 'first'));
  writeFileSync(join(recorded.folder, 'samples.ring'), 'second');
  recorded.clock.forward(1000);
  recorded.reopen();
  const aside = asideIn(recorded.folder);
  assert.deepEqual(aside, ['samples.ring.damaged-20260102T000011Z']);
  assert.equal(readFileSync(join(recorded.folder, aside[0] ?? ''), 'utf8'), 'second');
});

test('what a crash left half made is no hindrance', (t) => {
  const recorded = harmed(t, (file) => {
    rmSync(file);
    writeFileSync(`${file}.new`, 'half');
  });
  assert.deepEqual(recorded.troubles, []);
  assert.equal(readdirSync(recorded.folder).join(' '), 'minutes.ring quarters.ring samples.ring');
});
