import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasFewWays, ignoringCase, literalIn, openLinearMatcher } from '../../src/base/linear-regexp.ts';

const deadlineMs = 20_000;

async function matches(pattern: string, texts: readonly string[]): Promise<readonly boolean[]> {
  const matcher = await openLinearMatcher({ pattern, deadlineMs });
  try {
    return await matcher.match(texts);
  } finally {
    matcher.close();
  }
}

test('each text of a batch is told whether it has a match', async () => {
  assert.deepEqual(await matches('^(GET|POST) /[a-z]+ 5\\d\\d$', ['GET /a 500', 'GET /a 200', 'x']), [
    true,
    false,
    false,
  ]);
});

test('a matcher takes one batch after the other', async () => {
  const matcher = await openLinearMatcher({ pattern: 'b+', deadlineMs });
  assert.deepEqual(await matcher.match(['abba', 'a']), [true, false]);
  assert.deepEqual(await matcher.match(['b']), [true]);
  matcher.close();
});

for (const pattern of ['(a+)+$', '(a*)*b', '(a|a)*c', '^(a|aa)+$']) {
  test(`${pattern} answers on a text that it backtracks for ever on`, async () => {
    assert.deepEqual(await matches(pattern, [`${'a'.repeat(50_000)}!`]), [false]);
  });
}

for (const [pattern, what] of [
  ['(?=a)b', 'it has a lookahead or lookbehind'],
  ['(?<!a)b', 'it has a lookahead or lookbehind'],
  ['(a)\\1', 'it has a backreference'],
  ['(?<n>a)\\k<n>', 'it has a backreference'],
  ['(?i:a)', 'it has flags inside of the pattern'],
  ['\\p{L}', 'it has a Unicode property or \\u{…}'],
  ['a{1,500}b', 'it has a repetition with so large a count'],
  ['(a', 'Unterminated group'],
] as const) {
  test(`${pattern} is refused by name`, async () => {
    await assert.rejects(matches(pattern, []), {
      code: 'arguments_invalid',
      detail: `The pattern '${pattern}' cannot be searched for: ${what}.`,
    });
  });
}

test('what looks like a lookahead inside of a class is none', async () => {
  assert.deepEqual(await matches('[(?=]', ['=', 'a']), [true, false]);
});

test('groups without capture are taken', async () => {
  assert.deepEqual(await matches('(?:ab)+c', ['ababc', 'ac']), [true, false]);
});

test('a search that takes too long is ended', async () => {
  const matcher = await openLinearMatcher({ pattern: '(a|b|c)*d', deadlineMs: 1500 });
  const long = Array.from({ length: 400 }, () => 'abc'.repeat(20_000));
  await assert.rejects(async () => {
    for (;;) await matcher.match(long);
  }, /too long/);
});

for (const [pattern, literal] of [
  ['plain text', 'plain text'],
  ['status=5\\d\\d end', 'status=5'],
  ['colou?r', 'colo'],
  ['ab*cde', 'cde'],
  ['a+bc', 'bc'],
  ['a|b', ''],
  ['(x|y)long', 'long'],
  ['[abc]tail', 'tail'],
  ['x{2,3}yz', 'yz'],
  ['((a)b)c*', ''],
  ['\\.log$', 'log'],
] as const) {
  test(`every match of ${pattern} holds '${literal}'`, () => assert.equal(literalIn(pattern), literal));
}

for (const [pattern, source] of [
  ['Ab1', '[aA][bB]1'],
  ['[a-cX]', '[a-cA-CxX]'],
  ['\\d\\w\\x41', '\\d\\w\\x41'],
  ['(?<name>q)', '(?<name>[qQ])'],
  ['[A-z]', '[A-za-zA-Z]'],
] as const) {
  test(`${pattern} ignoring case is ${source}`, () => assert.equal(ignoringCase(pattern), source));
}

for (const pattern of [
  '[q-z][0-9]{4}',
  'a.c',
  '^x$',
  'fail|warn|[Ee]rror',
  'colou?r',
  '(?:a|b)(?<n>c|d)',
  '\\*\\+',
  '[*+]',
  '',
]) {
  test(`'${pattern}' has few ways to match`, () => assert.equal(hasFewWays(pattern), true));
}
for (const pattern of [
  'a*',
  'a+b',
  'a{2,}',
  'a{1,3}',
  '(?:a|b){9}',
  '(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)',
  'a?a?a?a?a?a?a?',
]) {
  test(`'${pattern}' may have many`, () => assert.equal(hasFewWays(pattern), false));
}
