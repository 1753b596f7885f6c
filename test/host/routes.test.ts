import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRoutes, parseIpv4Routes, parseIpv6Routes } from '../../src/host/routes.ts';

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

test('routes of IPv4 are read, those that refuse are not', () => {
  const text =
    `${head}eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n` +
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n' +
    '*\t006433C6\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0\n';
  assert.deepEqual(parseIpv4Routes(text), [
    {
      family: 'ipv4',
      interface: 'eth0',
      destination: '0.0.0.0',
      prefixLength: 0,
      gateway: '192.0.2.1',
      metric: 100,
    },
    { family: 'ipv4', interface: 'eth0', destination: '192.0.2.0', prefixLength: 24, metric: 0 },
  ]);
});

const zero = '0'.repeat(32);

test('routes of IPv6 are read, those that refuse are not', () => {
  const text =
    `${zero} 00 ${zero} 00 20010db8000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n` +
    `${zero} 00 ${zero} 00 ${zero} 00000200 00000002 00000000 00000001     ppp0\n` +
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo\n`;
  assert.deepEqual(defaultRoutes(parseIpv6Routes(text)), [
    { family: 'ipv6', interface: 'ppp0', destination: '::', prefixLength: 0, metric: 512 },
    {
      family: 'ipv6',
      interface: 'eth0',
      destination: '::',
      prefixLength: 0,
      gateway: '2001:db8::1',
      metric: 1024,
    },
  ]);
});

test('other texts hold no route', () => {
  assert.deepEqual(parseIpv4Routes(`${head}broken\n`), []);
  assert.deepEqual(parseIpv6Routes('broken\n'), []);
});
