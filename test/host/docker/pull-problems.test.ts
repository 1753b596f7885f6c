import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageReference } from '../../../src/host/docker/image-reference.ts';
import { pullProblem } from '../../../src/host/docker/pull-problems.ts';

test('what engines pass on of registries and disks is told apart, with the mend', () => {
  for (const [said, code, hint] of [
    ['write /var/lib/docker/tmp/x: no space left on device', 'unavailable', /get_docker_usage/],
    ['no matching manifest for linux/arm64 in the manifest list entries', 'not_found', /platform/],
    ['manifest for nginx:9 not found: manifest unknown: manifest unknown', 'not_found', /tag/],
    [
      "pull access denied for shop, repository does not exist or may require 'docker login': denied: requested access",
      'permission_denied',
      /docker login/,
    ],
    ['Get "https://r/v2/": unauthorized: authentication required', 'permission_denied', /docker login/],
    ['toomanyrequests: You have reached your pull rate limit.', 'unavailable', /later/],
    ['Get "https://r/v2/": dial tcp: lookup r: no such host', 'unavailable', /proxies/],
    ['Get "https://r/v2/": http: server gave HTTP response to HTTPS client', 'unavailable', /certificates/],
    ['something new', 'unavailable', /journalctl/],
  ] as const) {
    const problem = pullProblem(imageReference('nginx:9'), said);
    assert.equal(problem.code, code, said);
    assert.match(problem.hint ?? '', hint, said);
  }
});
