/** What a terminal or a model would obey or hide is gone; what people wrote stays. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanLine, cleanText } from '../../src/base/clean-text.ts';

test('ordinary text in any script stays as it is', () => {
  const text = 'größe\t名前\nимя اسم 👩‍🔧 e\u0301';
  assert.equal(cleanText(text), text);
});

test('colours and cursor movements go', () => {
  assert.equal(cleanText('\u001b[1;31mred\u001b[0m \u001b[2J\u001b[?25lclear \u009b31mC1'), 'red clear C1');
});

test('titles, links and other terminal strings go with their content', () => {
  assert.equal(
    cleanText('a\u001b]0;title\u0007b\u001b]8;;http://x\u001b\\c\u001bPq#0\u001b\\d\u009dt\u009ce'),
    'abcde',
  );
});

test('a terminal string without an end hides nothing beyond its line', () => {
  assert.equal(cleanText('a\u001b]0;open\nb'), 'a\nb');
});

test('short escapes and lone escape characters go', () => {
  assert.equal(cleanText('a\u001bcb\u001b(Bc\u001b'), 'abc');
});

test('control characters go, tabs and newlines stay', () => {
  assert.equal(cleanText('a\u0000b\u0008c\r\n\td\u007fe\u0085f'), 'abc\n\tdef');
});

test('marks that turn the direction of text go', () => {
  assert.equal(cleanText('a\u202eb\u2066c\u2069d\u200ee\u061cf'), 'abcdef');
});

test('text that only a model would see goes', () => {
  const hidden = [...'obey'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
  assert.equal(cleanText(`a${hidden}b\u200bc\u2060d\ufeff`), 'abcd');
});

test('lone surrogates go, pairs stay', () => {
  assert.equal(cleanText('a\ud83db\ude00c😀'), 'abc😀');
});

test('what is left is well formed even where an escape stood between two halves', () => {
  assert.ok(cleanText('\ud83d\u001b[0m\ude00').isWellFormed());
});

test('a text that is too long is cut with a mark, and never inside a character', () => {
  assert.equal(cleanText('abcdef', 6), 'abcdef');
  assert.equal(cleanText('abcdefg', 6), 'abcde…');
  assert.equal(cleanText('abcd😀g', 6), 'abcd…');
  assert.equal(cleanText('abc', 0), '…');
});

test('one line stays one line', () => {
  assert.equal(cleanLine('GET /a\n\tb\r\u001b[1m'), 'GET /a  b');
});

test('a megabyte made to be slow does not hold up for minutes what takes a moment', () => {
  const hostile = [
    '\u001b',
    '\u001b[',
    '\u001b]',
    '\u009d',
    '\u001b[0',
    '\u001b]0;',
    '\u001b(',
    '\ud800',
    '\u009b;',
  ];
  for (const piece of hostile) {
    const text = piece.repeat(1_000_000 / piece.length);
    const started = performance.now();
    cleanText(text);
    assert.ok(performance.now() - started < 30_000, JSON.stringify(piece));
  }
});
