import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStub, parseResolvers } from '../../src/host/resolvers.ts';

test('servers keep their order and the last list of domains counts', () => {
  const text =
    '# nameserver 203.0.113.1\n  nameserver 192.0.2.53\nnameserver\t2001:db8::53\ndomain a.example\nsearch b.example c.example\nnameserver\noptions edns0\n';
  assert.deepEqual(parseResolvers(text), {
    servers: ['192.0.2.53', '2001:db8::53'],
    searchDomains: ['b.example', 'c.example'],
  });
});

test('the stub of systemd-resolved is known', () => {
  assert.equal(isStub('127.0.0.53'), true);
  assert.equal(isStub('127.0.0.1'), false);
});
