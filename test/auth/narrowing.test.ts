import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseUnenforced, unenforced } from '../../src/auth/narrowing.ts';

test('a narrowing that nothing enforces is named', () => {
  assert.deepEqual(unenforced({ 'units:manage': ['nginx.service'] }), ['units:manage']);
  assert.throws(() => refuseUnenforced({ 'docker:manage': ['web-*'], 'units:manage': [] }), {
    code: 'usage_invalid',
    detail: /docker:manage, units:manage/,
  });
});

test('nothing narrowed is nothing to refuse', () => {
  assert.doesNotThrow(() => refuseUnenforced({}));
});
