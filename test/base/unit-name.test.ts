/** Names and patterns of units. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unitName, unitPattern } from '../../src/base/unit-name.ts';

test('a name without a type is that of a service', () => {
  assert.equal(unitName('ssh'), 'ssh.service');
  assert.equal(unitName('apt-daily.timer'), 'apt-daily.timer');
  assert.equal(unitName('getty@tty1'), 'getty@tty1.service');
  assert.equal(unitName('a.b'), 'a.b.service');
  assert.equal(unitName('dev-disk-by\\x2duuid.swap'), 'dev-disk-by\\x2duuid.swap');
});

test('a name that begins with a dash is an option and is refused, but for the root slice and the root mount', () => {
  for (const name of ['-H', '--host=evil', '-.service']) {
    assert.throws(() => unitName(name), { code: 'arguments_invalid' });
    assert.throws(() => unitPattern(name), { code: 'arguments_invalid' });
  }
  assert.equal(unitName('-.mount'), '-.mount');
  assert.equal(unitName('-.slice'), '-.slice');
});

test('paths, blanks, wildcards and very long names are no names', () => {
  for (const name of ['', '/home', 'a b', 'ssh*', 'a\nb', 'a;b', 'x'.repeat(250)]) {
    assert.throws(() => unitName(name), { code: 'arguments_invalid' });
  }
});

test('a pattern has wildcards and nothing else that names have not', () => {
  assert.equal(unitPattern('*docker-[0-9a-f]?*'), '*docker-[0-9a-f]?*');
  for (const pattern of ['', 'a b', '$(id)', 'a;b']) {
    assert.throws(() => unitPattern(pattern), { code: 'arguments_invalid' });
  }
});
