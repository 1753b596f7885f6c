import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNarrowing, unenforced } from '../../src/auth/narrowing.ts';

test('a narrowing that nothing enforces is named', () => {
  assert.deepEqual(unenforced({ fs: ['/srv'], 'units:manage': ['nginx.service'] }), ['units:manage']);
  assert.throws(() => readNarrowing({ 'net:probe': ['x'], 'units:manage': [] }, ['admin']), {
    code: 'usage_invalid',
    detail: /net:probe, units:manage/,
  });
});

test('what every object has is no scope', () => {
  assert.deepEqual(unenforced(JSON.parse('{"__proto__":["x"],"constructor":["x"]}')), [
    '__proto__',
    'constructor',
  ]);
});

test('nothing narrowed is nothing to refuse', () => {
  assert.deepEqual(readNarrowing({}, ['fs']), {});
});

test('paths are kept plain, each once', () => {
  assert.deepEqual(readNarrowing({ fs: ['/var//log/./nginx/', '/var/log/nginx', '/'] }, ['fs']), {
    fs: ['/var/log/nginx', '/'],
  });
});

for (const path of ['nginx', '', '/srv/../etc', '/srv/\u0000']) {
  test(`fs cannot be narrowed to ${JSON.stringify(path)}`, () => {
    assert.throws(() => readNarrowing({ fs: [path] }, ['fs']), {
      code: 'usage_invalid',
      hint: /an absolute path/,
    });
  });
}

test('a scope that the token does not have cannot be narrowed; one within a broader one can', () => {
  assert.throws(() => readNarrowing({ fs: ['/srv'] }, ['monitor']), { detail: /none of its scopes/ });
  assert.deepEqual(readNarrowing({ fs: ['/srv'] }, ['admin']), { fs: ['/srv'] });
});

test('none and more than 32 objects are refused', () => {
  for (const count of [0, 33]) {
    const fs = Array.from({ length: count }, (_, i) => `/srv/${i}`);
    assert.throws(() => readNarrowing({ fs }, ['fs']), { detail: new RegExp(`${count} objects`) });
  }
});

test('containers are narrowed to by name, with stars, or by label', () => {
  const objects = ['web-*', 'db', 'label:com.docker.compose.project=shop', 'label:owner'];
  const narrowed = readNarrowing({ 'docker:manage': objects }, ['docker']);
  assert.deepEqual(narrowed, { 'docker:manage': objects });
  for (const none of ['', '-x', 'a b', 'label:', 'label:=x', '/web', 'a/b']) {
    assert.throws(() => readNarrowing({ 'docker:manage': [none] }, ['docker']), {
      code: 'usage_invalid',
      hint: /a name of containers/,
    });
  }
});
