import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv4FromHex, ipv6FromHex } from '../../src/host/address-hex.ts';
import { assignIpv4, parseIpv6Addresses, parseLocalIpv4, settleAddresses } from '../../src/host/addresses.ts';

test('addresses are written as people write them', () => {
  assert.equal(ipv4FromHex('010200C0'), '192.0.2.1');
  assert.equal(ipv6FromHex('20010db8000000000000000000000002'), '2001:db8::2');
  assert.equal(ipv6FromHex('00000000000000000000ffffc0000201'), '::ffff:192.0.2.1');
});

test('the addresses of IPv6 come with interface and prefix', () => {
  const text = '20010db8000000000000000000000002 04 40 00 82     eth0\nnonsense\n';
  assert.deepEqual(parseIpv6Addresses(text), [
    { interface: 'eth0', family: 'ipv6', address: '2001:db8::2', prefixLength: 64 },
  ]);
});

const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.2
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 203.0.113.7
        /32 link UNICAST
        /32 host LOCAL
Local:
        |-- 192.0.2.2
           /32 host LOCAL
`;

test('the own addresses of IPv4 are found once, networks and broadcasts are not', () => {
  assert.deepEqual(parseLocalIpv4(trie), ['192.0.2.2', '203.0.113.7']);
});

const connected = (name: string, destination: string, prefixLength: number) => ({
  family: 'ipv4' as const,
  interface: name,
  destination,
  prefixLength,
  metric: 0,
});

test('an address belongs to the interface of its narrowest network', () => {
  const routes = [connected('eth0', '192.0.2.0', 24), connected('eth1', '192.0.2.128', 25)];
  assert.deepEqual(assignIpv4(['192.0.2.2', '192.0.2.130'], routes), [
    { interface: 'eth0', family: 'ipv4', address: '192.0.2.2', prefixLength: 24 },
    { interface: 'eth1', family: 'ipv4', address: '192.0.2.130', prefixLength: 25 },
  ]);
});

test('an address that two interfaces could have, or none, is given to none', () => {
  const routes = [
    connected('eth0', '192.0.2.0', 24),
    connected('eth1', '192.0.2.0', 24),
    { ...connected('eth0', '0.0.0.0', 0), gateway: '192.0.2.1' },
  ];
  assert.deepEqual(assignIpv4(['192.0.2.2', '203.0.113.7'], routes), [
    { family: 'ipv4', address: '192.0.2.2', prefixLength: 32 },
    { family: 'ipv4', address: '203.0.113.7', prefixLength: 32 },
  ]);
});

test('what is certain settles what the files leave open', () => {
  const open = { family: 'ipv4' as const, address: '203.0.113.7', prefixLength: 32 };
  const down = { interface: 'eth9', family: 'ipv4' as const, address: '198.51.100.1', prefixLength: 24 };
  const certain = { interface: 'eth0', family: 'ipv4' as const, address: '203.0.113.7', prefixLength: 29 };
  assert.deepEqual(settleAddresses([open, down], [certain]), [certain, down]);
});

test('an address that two interfaces have is counted once a table, and given to both', () => {
  const leaf = '        |-- 10.9.0.1\n           /32 host LOCAL\n           /32 host LOCAL\n';
  const addresses = parseLocalIpv4(`Main:\n${leaf}Local:\n${leaf}`);
  assert.deepEqual(addresses, ['10.9.0.1', '10.9.0.1']);
  const routes = [connected('br-a', '10.9.0.0', 24), connected('br-b', '10.9.0.0', 24)];
  assert.deepEqual(assignIpv4(addresses, routes), [
    { interface: 'br-a', family: 'ipv4', address: '10.9.0.1', prefixLength: 24 },
    { interface: 'br-b', family: 'ipv4', address: '10.9.0.1', prefixLength: 24 },
  ]);
});

test('what a running interface has for certain a second one that does not run may have too', () => {
  const on = (name: string) => ({
    interface: name,
    family: 'ipv6' as const,
    address: 'fe80::1',
    prefixLength: 64,
  });
  assert.deepEqual(settleAddresses([on('br-a'), on('br-b')], [on('br-a')]), [on('br-a'), on('br-b')]);
  assert.deepEqual(settleAddresses([on('br-b')], [on('br-a')]), [on('br-a')]);
});
