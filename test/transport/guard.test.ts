import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { checkHostAndOrigin, refuseFunnel, stripForwarding } from '../../src/transport/http/guard.ts';

const withHeaders = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

for (const host of [
  'localhost',
  'LOCALHOST:8080',
  '127.0.0.1',
  '127.0.0.1:8080',
  '[::1]:8080',
  '[fe80::1]',
  '192.0.2.7:80',
  'nas.example',
  'NAS.example:8080',
]) {
  test(`the Host ${host} passes`, () => {
    checkHostAndOrigin(withHeaders({ host }), ['nas.example']);
  });
}

for (const host of [
  'evil.example',
  'localhost.evil.example',
  'localhost.',
  '127.0.0.1.nip.io',
  '',
  'a b',
  'user@localhost',
  'localhost/evil',
  'nas.example.',
]) {
  test(`the Host '${host}' is refused`, () => {
    assert.throws(() => checkHostAndOrigin(withHeaders({ host }), ['nas.example']), { code: 'host_refused' });
  });
}

test('a request without a Host is refused', () => {
  assert.throws(() => checkHostAndOrigin(withHeaders({}), []), { code: 'host_refused' });
});

for (const origin of [
  'http://evil.example',
  'null',
  'https://localhost.evil.example',
  'file://',
  'http://localhost@evil.example',
  'chrome-extension://abc',
]) {
  test(`the Origin ${origin} is refused although the Host is right`, () => {
    assert.throws(() => checkHostAndOrigin(withHeaders({ host: 'localhost', origin }), []), {
      code: 'origin_refused',
    });
  });
}

test('an Origin on this machine passes', () => {
  checkHostAndOrigin(withHeaders({ host: 'localhost:8080', origin: 'http://localhost:8080' }), []);
  checkHostAndOrigin(withHeaders({ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }), []);
});

test('every header of a proxy is taken away, and that there was one is known', () => {
  const request = withHeaders({
    host: 'localhost',
    forwarded: 'for=192.0.2.1',
    via: '1.1 proxy',
    'x-forwarded-for': '192.0.2.1',
    'x-forwarded-host': 'host.example',
    'x-real-ip': '192.0.2.1',
    'tailscale-user-login': 'someone@example.com',
    'tailscale-funnel-request': '?1',
    accept: '*/*',
  });
  assert.deepEqual(stripForwarding(request), [
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-real-ip',
    'tailscale-user-login',
    'tailscale-funnel-request',
  ]);
  assert.deepEqual(request.headers, { host: 'localhost', accept: '*/*' });
});

test('a request straight from its client has nothing to take away', () => {
  assert.deepEqual(stripForwarding(withHeaders({ host: 'localhost', accept: '*/*' })), []);
});

test('what Tailscale Funnel lets in is refused, and what Serve passes on is not', () => {
  assert.throws(() => refuseFunnel(['x-forwarded-for', 'tailscale-funnel-request']), {
    code: 'funnel_refused',
  });
  refuseFunnel(['x-forwarded-for', 'tailscale-user-login']);
});
