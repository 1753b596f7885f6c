import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installation } from './installation.ts';

test('listening beyond loopback is warned of', (t) => {
  const place = installation(t);
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'box.example.org']) {
    const [warning = '', ...more] = place.load({ set: [`server.host=${host}`] }).warnings;
    assert.match(warning, /^server\.host is \S+, and TCP is not encrypted/);
    assert.deepEqual(more, []);
  }
});

test('listening on loopback is not warned of', (t) => {
  const place = installation(t);
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost']) {
    assert.deepEqual(place.load({ set: [`server.host=${host}`] }).warnings, []);
  }
});

test('switching authentication off is warned of', (t) => {
  assert.deepEqual(installation(t, 'server: {auth_required: false}').load().warnings, [
    'server.auth_required is false: every local user may read what this daemon reads',
  ]);
});

test('switching authentication off is refused when other machines could call', (t) => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'box']) {
    const { detail, hint } = installation(t, `server: {auth_required: false, host: "${host}"}`).refusal();
    assert.match(
      detail,
      /server\.auth_required is false and server\.host is \S+: without tokens only this machine/,
    );
    assert.match(hint ?? '', /Set server\.auth_required to true, or server\.host to 127\.0\.0\.1/);
  }
});

test('the log and the record cannot be one file', (t) => {
  assert.match(
    installation(t, 'logging: {file: /var/log/systemmanager/audit.log}').refusal().detail,
    /logging\.file and audit\.file are both \/var\/log\/systemmanager\/audit\.log/,
  );
});
