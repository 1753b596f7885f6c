import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { type LineMatch, lineMatcher, type TextPattern } from '../../../src/host/files/line-matcher.ts';

setFlagsFromString('--enable-experimental-regexp-engine');

function matches(
  text: string | Buffer,
  pattern: string,
  more: Partial<TextPattern> = {},
  context = 0,
): LineMatch[] {
  const found: LineMatch[] = [];
  const wish = { pattern, regexp: false, ignoreCase: false, word: false, ...more };
  lineMatcher(wish)(Buffer.from(text), (make) => found.push(make(context)));
  return found;
}
const lines = (...args: Parameters<typeof matches>) =>
  matches(...args).map(({ line, text }) => `${line}:${text}`);

test('each line that holds the text comes once, with its number', () => {
  assert.deepEqual(lines('one\ntwo two\n\nthree two', 'two'), ['2:two two', '4:three two']);
  assert.deepEqual(lines('no end', 'end'), ['1:no end']);
  assert.deepEqual(lines('', 'x'), []);
});

test('a regular expression is matched line by line', () => {
  const regexp = { regexp: true };
  assert.deepEqual(lines('a1\nb\na22\n', '^a\\d+$', regexp), ['1:a1', '3:a22']);
  assert.deepEqual(lines('a\nb', 'a[^x]b', regexp), []);
  assert.deepEqual(lines('x\n\ny\n', '^$', regexp), ['2:']);
  assert.deepEqual(lines('status=500 x\nstatus=200', 'status=5\\d\\d', regexp), ['1:status=500 x']);
  assert.deepEqual(lines('foo\nbar\nbaz', 'foo|baz', regexp), ['1:foo', '3:baz']);
});

test('case is ignored in texts, in patterns and in their classes', () => {
  const either = { ignoreCase: true };
  assert.deepEqual(lines('ERROR\nerror\nEr.or', 'error', either), ['1:ERROR', '2:error']);
  assert.deepEqual(lines('ABC-1\nabz-2', 'ab[a-d]-\\d', { ...either, regexp: true }), ['1:ABC-1']);
  assert.deepEqual(lines('A.B\naxb', 'a.b', either), ['1:A.B']);
});

test('a word has none of its kind beside it', () => {
  for (const more of [{ word: true }, { word: true, ignoreCase: true }, { word: true, regexp: true }]) {
    assert.deepEqual(lines('cat\nconcat\ncat_\na cat!\nthe catcat cat', 'cat', more), [
      '1:cat',
      '4:a cat!',
      '5:the catcat cat',
    ]);
  }
});

test('text beyond ASCII is found, as UTF-8 and as Latin-1', () => {
  assert.deepEqual(lines('größe\ngroesse', 'größe'), ['1:größe']);
  assert.deepEqual(lines('größe\nx', 'gr..e', { regexp: true }), ['1:größe']);
  assert.deepEqual(lines(Buffer.from('gr\xf6\xdfe 7\n', 'latin1'), 'e 7'), ['1:größe 7']);
});

test('lines around come in their order, as many as there are', () => {
  const [found] = matches('a\nb\nHIT\nc\nd', 'HIT', {}, 3);
  assert.deepEqual(found, { line: 3, text: 'HIT', before: ['a', 'b'], after: ['c', 'd'] });
  assert.deepEqual(matches('HIT\n', 'HIT', {}, 2)[0], { line: 1, text: 'HIT', before: [], after: [] });
});

test('a long line is shown around what was found, without half a character', () => {
  const [found] = matches(`${'ä'.repeat(5000)}HIT${'ö'.repeat(5000)}`, 'HIT');
  assert.match(found?.text ?? '', /^…ä+HITö+…$/);
  assert.ok((found?.text.length ?? 0) < 1010);
  const [end] = matches(`${'x'.repeat(5000)}HIT`, 'HIT', { regexp: true });
  assert.match(end?.text ?? '', /^…x+HIT$/);
});

for (const pattern of ['', 'a\nb']) {
  test(`the pattern ${JSON.stringify(pattern)} is refused`, () => {
    assert.throws(() => matches('x', pattern), { code: 'arguments_invalid' });
  });
}

for (const [pattern, what] of [
  ['(a)\\1', /backreference/],
  ['(?=a)', /lookahead/],
  ['(', /group/i],
  ['a{5000}', /so large a count/],
] as const) {
  test(`the regular expression ${pattern} is refused by what it has`, () => {
    assert.throws(() => matches('x', pattern, { regexp: true }), {
      code: 'arguments_invalid',
      message: what,
    });
  });
}

test('what makes other engines run for ever ends here', () => {
  assert.deepEqual(lines('a'.repeat(50_000), '(a+)+b', { regexp: true }), []);
});

/** Line by line, without any way around. */
const plainly = (text: string, pattern: string): string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((line, at) => (new RegExp(pattern).test(line) ? [`${at + 1}:${line}`] : []));

test('lines that are passed over in blocks are those that do not match, whatever the pattern would take of a line break', () => {
  const patterns = [
    ...[
      '[ab][0-9]',
      '[0-9]{2}[a-c]',
      'a|[0-9]b',
      '^[0-9]?a$',
      '[^x]9',
      '\\W[0-9]$',
      '\\s[a-c]',
      '\\b[ab]\\b',
    ],
    ...[
      '[0-9]+[^a]*z',
      '[^0-9]+$',
      '^[abc]*$',
      '(?:[ab]|[0-9])+z',
      '^[^z]*$',
      '\\s*[0-9]{1,2}$',
      '[a-z]\\s*[0-9]',
    ],
  ];
  const words = ['a', 'b9', 'x', '9 a', 'z', '', '12c', 'c  1', 'a9z', ' ', 'plain words', '0b'];
  // Any order will do, the same each time.
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  for (const length of [3, 40, 3000]) {
    const text = `${Array.from({ length }, () => words[next(words.length)]).join('\n')}\nend`;
    for (const pattern of patterns) {
      assert.deepEqual(
        lines(text, pattern, { regexp: true }),
        plainly(text, pattern),
        `${pattern} in ${length}`,
      );
    }
  }
});
