import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGlob } from '../../../src/host/files/glob.ts';

const nameOf = (path: string) => path.split('/').at(-1) ?? '';
const matches = (pattern: string, path: string, ignoreCase = false): boolean => {
  const glob = compileGlob(pattern, ignoreCase);
  return glob.matches(glob.of === 'path' ? path : nameOf(path));
};

for (const [pattern, yes, no] of [
  ['plain', ['plain', 'a/b/plain'], ['plainer', 'plain/x', 'Plain']],
  ['*.log', ['x.log', '.log', 'a/x.log'], ['x.log.1', 'x.log/y']],
  ['app*', ['app', 'app-1', 'a/app-1'], ['my-app']],
  ['*err*', ['err', 'my-errors'], ['er-r']],
  ['*', ['a', 'a/b', '.hidden'], []],
  ['a*c*e', ['ace', 'abcde'], ['abcd', 'acef']],
  ['?b', ['ab', 'x/éb'], ['b', 'aab']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
  ['[!a-c]x', ['dx'], ['ax', 'x']],
  ['[]x]y', [']y', 'xy'], ['y', '[y']],
  ['[a-]', ['a', '-'], ['b']],
  ['\\*', ['*'], ['a']],
  ['{a,b}.log', ['a.log', 'b.log'], ['c.log', '{a,b}.log']],
  ['{a,b{1,2}}', ['a', 'b1', 'b2'], ['b', 'b{1,2}']],
  ['x{,y}', ['x', 'xy'], ['xz']],
  ['\\{a\\}', ['{a}'], ['a']],
  ['nginx/*.log', ['nginx/a.log'], ['a.log', 'nginx/b/a.log', 'x/nginx/a.log']],
  ['/nginx/*', ['nginx/a'], ['x/nginx/a']],
  ['**/*.conf', ['a.conf', 'x/a.conf', 'x/y/a.conf'], ['a.config']],
  ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a/c']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a/bz', 'az']],
  ['**/x/**/y', ['x/y', 'a/x/b/c/y'], ['a/xb/y']],
] as const) {
  test(`'${pattern}' matches what it should and nothing else`, () => {
    for (const path of yes) assert.ok(matches(pattern, path), `should match ${path}`);
    for (const path of no) assert.ok(!matches(pattern, path), `should not match ${path}`);
  });
}

test('case is ignored where it is said', () => {
  assert.ok(matches('*.LOG', 'x.log', true));
  assert.ok(matches('[A-C]É', 'bé', true));
  assert.ok(!matches('*.LOG', 'x.log'));
});

for (const [pattern, what] of [
  ['', /1 to 256 characters/],
  ['x'.repeat(257), /1 to 256 characters/],
  ['[a', /without its '\]'/],
  ['{a,b', /without its '\}'/],
  ['x\\', /at its end/],
  ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', /more than 64/],
] as const) {
  test(`the pattern '${pattern.slice(0, 24)}' is refused with what is wrong`, () => {
    assert.throws(() => compileGlob(pattern), { code: 'arguments_invalid', message: what });
  });
}

test('many stars against a long name that does not match end soon', () => {
  assert.ok(!matches(`${'*a'.repeat(100)}b`, 'a'.repeat(255)));
});
