import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageReference, nameOf } from '../../../src/host/docker/image-reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

test('registry, repository, tag and digest are told apart as Docker does', () => {
  for (const [words, registry, repository, name] of [
    ['nginx:1.27', 'docker.io', 'nginx', 'nginx:1.27'],
    ['team/app:v2', 'docker.io', 'team/app', 'team/app:v2'],
    ['ghcr.io/team/app:v2', 'ghcr.io', 'ghcr.io/team/app', 'ghcr.io/team/app:v2'],
    ['localhost/app:1', 'localhost', 'localhost/app', 'localhost/app:1'],
    ['Host/app:1', 'Host', 'Host/app', 'Host/app:1'],
    ['127.0.0.1:5000/a/b__c:1', '127.0.0.1:5000', '127.0.0.1:5000/a/b__c', '127.0.0.1:5000/a/b__c:1'],
    ['[::1]:5000/app:1', '[::1]:5000', '[::1]:5000/app', '[::1]:5000/app:1'],
    [`nginx@${digest}`, 'docker.io', 'nginx', `nginx@${digest}`],
    [
      `r.example:5000/nginx:1@${digest}`,
      'r.example:5000',
      'r.example:5000/nginx',
      `r.example:5000/nginx@${digest}`,
    ],
  ] as const) {
    const reference = imageReference(words);
    assert.deepEqual(
      [reference.registry, reference.repository, nameOf(reference)],
      [registry, repository, name],
    );
    assert.equal(reference.tagAssumed, false);
  }
});

test('a name without a tag means latest, and that is known', () => {
  for (const words of ['nginx', '127.0.0.1:5000/nginx']) {
    const reference = imageReference(words);
    assert.deepEqual([nameOf(reference), reference.tagAssumed], [`${words}:latest`, true]);
  }
});

test('what names no image is refused with what would be valid', () => {
  for (const words of [
    ...[
      '',
      ':1',
      '/',
      'a//b',
      'Nginx',
      'nginx:',
      'nginx:.1',
      'nginx:a b',
      `nginx:${'a'.repeat(129)}`,
      '-x',
      'a\n',
    ],
    ...['../x', 'a/../b', 'a?b', 'http://h/a', 'h:port/a', '-h.x/a', 'a.b:/c', 'a.b:123456/c', 'ä', 'a b'],
    ...['nginx@', 'nginx@sha256:ab', `nginx@${digest}@${digest}`, 'a'.repeat(256), 'ab'.repeat(32), digest],
  ]) {
    assert.throws(() => imageReference(words), { code: 'arguments_invalid', hint: /./ }, words);
  }
});

test('a name and a password in it are refused and not repeated', () => {
  for (const words of [
    'joe:hunter2@r.example/app:1',
    'joe:hunter2@r.example:5000/app',
    'https://joe:hunter2@r.example/app',
  ]) {
    assert.throws(
      () => imageReference(words),
      ({ code, detail, hint }: { code: string; detail: string; hint: string }) => {
        assert.equal(code, 'arguments_invalid');
        assert.doesNotMatch(detail + hint, /hunter2/);
        return true;
      },
    );
  }
});
