import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { type Part, readContent } from '../../../src/host/files/content.ts';
import { withOpened } from '../../../src/host/files/sandbox.ts';

function contentOf(t: TestContext, bytes: string | Buffer, part: Partial<Part> = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'content-')));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), bytes);
  const rules = { roots: [folder], deniedNames: [], allowHardlinks: false, maxBytes: 1_000_000 };
  const whole = { from: 'start', lines: 100, answerBytes: 6500, ...part } as const;
  return withOpened(liveMachine(), rules, join(folder, 'file'), (opened) => readContent(opened, whole, rules))
    .text;
}

const numbered = Array.from({ length: 5000 }, (_, n) => `line ${n + 1}\n`).join('');

test('the last lines are the last ones, with and without a newline at the end', (t) => {
  assert.equal(contentOf(t, 'a\nb\nc\n', { from: 'end', lines: 2 })?.content, 'b\nc\n');
  assert.equal(contentOf(t, 'a\nb\nc', { from: 'end', lines: 2 })?.content, 'b\nc');
  assert.equal(contentOf(t, '', { from: 'end' })?.content, '');
  assert.equal(contentOf(t, '\n\n', { from: 'end', lines: 1 })?.content, '\n');
});

test('lines are counted from 1', (t) => {
  assert.equal(contentOf(t, numbered, { fromLine: 4999, lines: 1 })?.content, 'line 4999\n');
  assert.equal(contentOf(t, numbered, { fromLine: 9999 })?.content, '');
});

test('parts put together from byte to byte are the whole file', (t) => {
  let all = '';
  for (let at = 0; at < numbered.length; ) {
    const part = contentOf(t, numbered, { fromByte: at, lines: 5000 });
    all += part?.content;
    at = part?.endByte ?? numbered.length;
  }
  assert.equal(all, numbered);
});

test('a range of bytes is just those, whatever the lines', (t) => {
  const part = contentOf(t, numbered, { fromByte: 3, toByte: 16, lines: 5000 });
  assert.deepEqual(
    [part?.content, part?.firstByte, part?.endByte, part?.cut],
    ['e 1\nline 2\nli', 3, 16, false],
  );
  assert.equal(contentOf(t, 'abc', { fromByte: 1, toByte: 99, lines: 5000 })?.content, 'bc');
  assert.equal(contentOf(t, 'abc', { fromByte: 7, toByte: 9, lines: 5000 })?.content, '');
});

test('a range longer than the answer is cut, and goes on from where it ends', (t) => {
  const part = contentOf(t, numbered, { fromByte: 0, toByte: 20_000, lines: 5000 });
  assert.ok(part?.cut);
  assert.equal(part?.content, numbered.slice(0, part?.endByte));
});

test('of too many last lines the newest are kept', (t) => {
  const part = contentOf(t, numbered, { from: 'end', lines: 5000 });
  assert.ok(part?.cut);
  assert.ok(part?.content.endsWith('line 4999\nline 5000\n'));
  assert.match(part?.content ?? '', /^line \d+\n/);
});

test('one endless line is cut between characters', (t) => {
  const part = contentOf(t, 'ä'.repeat(100_000));
  assert.ok(part?.cut);
  assert.match(part?.content ?? '', /^ä+$/);
});

test('UTF-8 is told from Latin-1 though what is looked at ends within a character', (t) => {
  for (const character of ['ä', '€', '😀']) {
    for (let before = 8188; before <= 8192; before++) {
      const text = 'x'.repeat(before) + character.repeat(2);
      assert.equal(contentOf(t, text)?.encoding, 'utf-8', `${before} ${character}`);
    }
    const latin = Buffer.concat([Buffer.from([0xe4]), Buffer.from('x'.repeat(8190) + character)]);
    assert.equal(contentOf(t, latin)?.encoding, 'latin1');
  }
});

test('UTF-16 with its mark and Latin-1 are read as text, zero bytes are none', (t) => {
  assert.equal(contentOf(t, Buffer.from('\ufeffgrün\n', 'utf16le'))?.content, 'grün\n');
  assert.equal(contentOf(t, Buffer.from('grün\n', 'latin1'))?.encoding, 'latin1');
  assert.equal(contentOf(t, Buffer.from('café', 'latin1'))?.content, 'café');
  assert.equal(contentOf(t, Buffer.from([1, 0, 2])), undefined);
});
