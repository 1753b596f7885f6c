import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { getNetworkStatus } from '../../src/tools/read/network-status.ts';
import { copyMachine, type FrozenHost, openFrozenHost, until } from '../host/frozen-host.ts';
import { stillClock } from '../still-clock.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

test('interfaces with addresses come first', async () => {
  const answer = await answerOf(getNetworkStatus, frozen.host, {});
  assert.deepEqual(
    answer.interfaces.map(({ name }: { name: string }) => name),
    ['lo', 'eth0', 'docker0', 'veth5f3a9c1'],
  );
  assert.equal(answer.view, 'host');
});

test('an interface has its link, addresses, counters and rates', async () => {
  const { interfaces } = await answerOf(getNetworkStatus, frozen.host, { interface: 'eth0' });
  assert.deepEqual(interfaces, [
    {
      name: 'eth0',
      state: 'up',
      mtu: 1500,
      speedMbitPerSecond: 1000,
      mac: '00:00:5e:00:53:01',
      addresses: [
        { family: 'ipv4', address: '192.0.2.2', prefixLength: 24 },
        { family: 'ipv6', address: '2001:db8::2', prefixLength: 64 },
        { family: 'ipv6', address: 'fe80::200:5eff:fe00:5301', prefixLength: 64 },
      ],
      received: {
        bytes: 646_305_610,
        packets: 517_479,
        errors: 0,
        drops: 14,
        bytesPerSecond: 125_000,
        packetsPerSecond: 100,
        errorsPerSecond: 0,
        dropsPerSecond: 2,
      },
      sent: {
        bytes: 41_481_612,
        packets: 211_563,
        errors: 0,
        drops: 0,
        bytesPerSecond: 25_000,
        packetsPerSecond: 100,
        errorsPerSecond: 0,
        dropsPerSecond: 0,
      },
    },
  ]);
});

test('counters that began anew have no rate', async () => {
  const answer = await answerOf(getNetworkStatus, frozen.host, { interface: 'veth5f3a9c1' });
  const [{ received }] = answer.interfaces;
  assert.equal(received.bytes, 1026);
  assert.equal('bytesPerSecond' in received, false);
});

test('default routes, resolvers and the addresses of no known interface are told', async () => {
  const answer = await answerOf(getNetworkStatus, frozen.host, {});
  assert.deepEqual(answer.defaultRoutes, [
    { family: 'ipv4', interface: 'eth0', gateway: '192.0.2.1', metric: 0 },
    { family: 'ipv6', interface: 'eth0', gateway: '2001:db8::1', metric: 1024 },
  ]);
  assert.deepEqual(answer.resolvers, {
    servers: ['192.0.2.53', '2001:db8::53'],
    searchDomains: ['example.net'],
    throughResolved: true,
  });
  assert.deepEqual(answer.otherAddresses, [{ family: 'ipv4', address: '203.0.113.7', prefixLength: 32 }]);
});

test('one interface comes with its own routes alone', async () => {
  const answer = await answerOf(getNetworkStatus, frozen.host, { interface: 'docker0' });
  assert.deepEqual(answer.defaultRoutes, []);
});

test('a wrong name is refused with the nearest and all valid ones', async () => {
  await assert.rejects(async () => answerOf(getNetworkStatus, frozen.host, { interface: 'etho0' }), {
    code: 'not_found',
    detail: "There is no network interface 'etho0'.",
    hint: "Did you mean 'eth0'? There are lo, eth0, docker0, veth5f3a9c1.",
  });
});

test('the older names are still there', () => {
  assert.deepEqual(
    getNetworkStatus.aliases?.map(({ name }) => name),
    ['get_network_interfaces', 'get_network_io_counters'],
  );
});

test('before the set-up was read the counters are there and the addresses absent, not empty', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  // The worker waits for whoever writes into it.
  const fifo = join(machine.root, 'etc/resolv.conf');
  rmSync(fifo);
  execFileSync('mkfifo', [fifo]);
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    closeSync(openSync(fifo, 'r+'));
    remove();
  });
  const answer = await answerOf(getNetworkStatus, host, { interface: 'eth0' });
  assert.equal(answer.interfaces[0].received.packets, 517_379);
  assert.equal('addresses' in answer.interfaces[0], false);
  assert.equal('setupReadAt' in answer, false);
});

test('a machine that shows no interfaces says so', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(join(machine.proc, '1/net'), { recursive: true });
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  await assert.rejects(async () => answerOf(getNetworkStatus, host, {}), {
    code: 'unavailable',
    detail: 'This machine shows no network interfaces: /proc/1/net/dev cannot be read: ENOENT.',
  });
});

test('on this machine the answer keeps its schema and has the loopback', async (t) => {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  await until(() => host.network.status().setupReadAt !== undefined);
  const answer = await answerOf(getNetworkStatus, host, {});
  const loopback = answer.interfaces.find(({ name }: { name: string }) => name === 'lo');
  assert.ok(loopback.addresses.some(({ address }: { address: string }) => address === '127.0.0.1'));
});
