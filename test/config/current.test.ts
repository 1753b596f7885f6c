import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCurrentConfig } from '../../src/config/current.ts';
import { installation } from './installation.ts';

test('a live setting is in force at once', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  const changes = current.swap(place.load({ set: ['security.rate_limit=7', 'logging.level=debug'] }));
  assert.deepEqual(changes, { changed: ['security.rate_limit', 'logging.level'], needRestart: [] });
  assert.equal(current.get().security.rate_limit, 7);
});

test('a setting that needs a restart keeps its value until then', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  const changes = current.swap(place.load({ set: ['server.port=9090', 'security.rate_limit=7'] }));
  assert.deepEqual(changes, {
    changed: ['server.port', 'security.rate_limit'],
    needRestart: ['server.port'],
  });
  assert.equal(current.get().server.port, 8080);
  assert.equal(current.loaded().config.server.port, 9090);
});

test('a setting that waits for a restart is named again at the next reload', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  current.swap(place.load({ set: ['server.port=9090'] }));
  assert.deepEqual(current.swap(place.load({ set: ['server.port=9090'] })).needRestart, ['server.port']);
});

test('authentication is not switched off by a reload', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  current.swap(place.load({ set: ['server.auth_required=false'] }));
  assert.equal(current.get().server.auth_required, true);
});

test('lists with the same entries are no change', (t) => {
  const place = installation(t, 'filesystem: {allowed_paths: [/srv]}');
  const current = openCurrentConfig(place.load());
  assert.deepEqual(current.swap(place.load()), { changed: [], needRestart: [] });
});

test('what was got before a reload stays as it was', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  const before = current.get();
  current.swap(place.load({ set: ['security.rate_limit=7'] }));
  assert.equal(before.security.rate_limit, 100);
});

test('after a reload the configuration is still frozen to its leaves', (t) => {
  const place = installation(t);
  const current = openCurrentConfig(place.load());
  current.swap(place.load({ set: ['server.port=9090', 'security.rate_limit=7'] }));
  assert.throws(() => (current.get().filesystem.allowed_paths as string[]).push('/etc'), TypeError);
});
