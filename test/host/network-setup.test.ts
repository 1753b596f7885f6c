import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { readNetworkSetup } from '../../src/host/network-setup.ts';
import { copyMachine } from './frozen-host.ts';

test('links, addresses, default routes and resolvers of a frozen machine', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const setup = readNetworkSetup(machine);
  assert.deepEqual(setup.links['eth0'], {
    state: 'up',
    mtu: 1500,
    speedMbitPerSecond: 1000,
    mac: '00:00:5e:00:53:01',
  });
  assert.deepEqual(setup.links['lo'], { state: 'unknown', mtu: 65_536 });
  assert.deepEqual(
    setup.addresses.map((one) => `${one.interface ?? '?'} ${one.address}/${one.prefixLength}`),
    [
      'lo 127.0.0.1/8',
      'eth0 192.0.2.2/24',
      'docker0 198.51.100.1/24',
      '? 203.0.113.7/32',
      'lo ::1/128',
      'eth0 2001:db8::2/64',
      'eth0 fe80::200:5eff:fe00:5301/64',
    ],
  );
  assert.deepEqual(
    setup.defaultRoutes.map(({ gateway }) => gateway),
    ['192.0.2.1', '2001:db8::1'],
  );
});

test('behind the stub of systemd-resolved its own servers are shown', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const { resolvers, throughResolved } = readNetworkSetup(machine);
  assert.deepEqual(resolvers, { servers: ['192.0.2.53', '2001:db8::53'], searchDomains: ['example.net'] });
  assert.equal(throughResolved, true);
});

test('a sandbox without sysfs leaves the links out and keeps the rest', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  rmSync(machine.sys, { recursive: true });
  rmSync(join(machine.root, 'etc/resolv.conf'));
  const setup = readNetworkSetup(machine);
  assert.deepEqual(setup.links, {});
  assert.deepEqual(setup.resolvers, { servers: [], searchDomains: [] });
  assert.equal(setup.addresses.length, 7);
});

test('this machine has the addresses and the MTU that it says itself', () => {
  const setup = readNetworkSetup(liveMachine());
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    for (const { address, cidr } of addresses) {
      const ours = setup.addresses.filter((one) => one.interface === name && one.address === address);
      assert.deepEqual(
        ours.map((one) => `${one.address}/${one.prefixLength}`),
        [cidr],
      );
    }
    assert.equal(setup.links[name]?.mtu, Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8')));
  }
});
