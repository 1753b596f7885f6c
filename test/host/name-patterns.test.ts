import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsPattern, namePatterns } from '../../src/host/name-patterns.ts';

test('a pattern matches the whole name, in any case', () => {
  assert.ok(namePatterns(['*.key'])('TLS.Key'));
  assert.ok(namePatterns(['id_*'])('id_rsa'));
  assert.ok(namePatterns(['*secret*'])('my-secret-file'));
  assert.ok(!namePatterns(['shadow'])('shadowsocks'));
  assert.ok(!namePatterns(['ab*ba'])('aba'));
  assert.ok(namePatterns(['ab*ba'])('ab-ba'));
  assert.ok(namePatterns(['*'])('') && namePatterns(['*'])('any'));
  assert.ok(!namePatterns([])('any'));
});

test('of many patterns each counts, whatever the others begin and end with', () => {
  const patterns = ['.ssh', '.s*', 'id_*', 'Icon', '*.key', '*.Key.bak', '*y', '*mid*', 's*n*l', '*a*b'];
  const all = namePatterns(patterns);
  const names = ['.ssh', '.sx', '.', 'id_', 'ID_RSA', 'icon', 'icons', 'a.key', 'a.key.bak', 'any', 'amidst'];
  for (const name of [...names, 'signal', 'snail', 'sail', 'xab', 'xba', '', 'ä']) {
    const expected = patterns.some((one) => fitsPattern(name.toLowerCase(), one.toLowerCase()));
    assert.equal(all(name), expected, name);
  }
});
