import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isListed, pathOf } from '../../../src/host/docker/calls.ts';
import { chosenApi } from '../../../src/host/docker/engine-versions.ts';

test('a request of the list is recognised whatever its version and query', () => {
  assert.ok(isListed('GET', '/v1.41/containers/json?all=true'));
  assert.ok(isListed('GET', '/containers/abc/logs?tail=10'));
  assert.ok(isListed('POST', '/v1.50/containers/create?name=web'));
  assert.ok(isListed('DELETE', '/v1.50/containers/abc'));
});

test('what is not in the list is none of its requests', () => {
  for (const [method, url] of [
    ['POST', '/v1.41/containers/abc/exec'],
    ['POST', '/v1.41/exec/abc/start'],
    ['POST', '/v1.41/build'],
    ['PUT', '/v1.41/containers/abc/archive'],
    ['GET', '/v1.41/containers/abc/archive'],
    ['POST', '/v1.41/containers/abc/attach'],
    ['GET', '/v1.41/containers/a/b/json'],
    ['DELETE', '/v1.41/images/abc'],
    ['DELETE', '/v1.41/containers/json'],
    ['POST', '/v1.41/containers/json'],
    ['GET', '/swarm'],
  ] as const) {
    assert.equal(isListed(method, url), false, `${method} ${url}`);
  }
});

test('a name stands in its path, and the digest of an image too', () => {
  assert.equal(pathOf('inspectContainer', 'web_1.a-b'), '/containers/web_1.a-b/json');
  assert.equal(pathOf('inspectImage', 'sha256:ab'), '/images/sha256%3Aab/json');
  assert.equal(pathOf('inspectImage', '[::1]:5000/a/b:1'), '/images/%5B%3A%3A1%5D%3A5000%2Fa%2Fb%3A1/json');
});

test('what can be no name is refused before anything is sent', () => {
  for (const name of [
    '',
    '.',
    '..',
    '../info',
    'a/b',
    '-x',
    'a?b',
    'a b',
    'a\n',
    'ä',
    'a'.repeat(300),
    undefined,
  ]) {
    assert.throws(() => pathOf('inspectContainer', name), { code: 'arguments_invalid' });
  }
});

test('what can be no image is refused too', () => {
  for (const name of ['', '..', '../info', 'a/../../info', '-x', 'a?b', 'a b', 'a\n', 'ä', '/a', undefined]) {
    assert.throws(() => pathOf('inspectImage', name), { code: 'arguments_invalid' });
  }
});

test('the newest version that both sides speak is chosen', () => {
  assert.deepEqual(chosenApi('1.41', '1.12'), { api: '1.41' });
  assert.deepEqual(chosenApi('1.60', '1.44'), { api: '1.51' });
  assert.deepEqual(chosenApi('1.50'), { api: '1.50' });
});

test('an engine that is too old or too new is said to be', () => {
  assert.deepEqual(chosenApi('1.40'), { tooOld: '1.40' });
  assert.deepEqual(chosenApi('1.9'), { tooOld: '1.9' });
  assert.deepEqual(chosenApi('2.0', '1.60'), { tooNew: '1.60' });
  assert.equal(chosenApi(undefined), undefined);
  assert.equal(chosenApi('new'), undefined);
});
