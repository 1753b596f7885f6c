import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namePatterns } from '../../src/host/name-patterns.ts';

test('a pattern matches the whole name, in any case', () => {
  assert.ok(namePatterns(['*.key'])('TLS.Key'));
  assert.ok(namePatterns(['id_*'])('id_rsa'));
  assert.ok(namePatterns(['*secret*'])('my-secret-file'));
  assert.ok(!namePatterns(['shadow'])('shadowsocks'));
  assert.ok(!namePatterns(['ab*ba'])('aba'));
});
