/**
 * How the network is set up: links, addresses, default routes and resolvers. Asking a driver for its speed may
 * wait, and tables may be long: for the worker.
 */

import { networkInterfaces } from 'node:os';
import type { MachineRoot } from '../base/machine-root.ts';
import {
  assignIpv4,
  type InterfaceAddress,
  parseIpv6Addresses,
  parseLocalIpv4,
  settleAddresses,
} from './addresses.ts';
import { type Link, readLinks } from './links.ts';
import { textOf } from './machine-facts.ts';
import { parseNetworkCounters } from './network-counters.ts';
import { isStub, parseResolvers, type Resolvers } from './resolvers.ts';
import { defaultRoutes, parseIpv4Routes, parseIpv6Routes, type Route } from './routes.ts';

export interface NetworkSetup {
  readonly links: Readonly<Record<string, Link>>;
  readonly addresses: readonly InterfaceAddress[];
  readonly defaultRoutes: readonly Route[];
  readonly resolvers: Resolvers;
  /** True where programs ask systemd-resolved, which asks the servers above. */
  readonly throughResolved: boolean;
}

export function readNetworkSetup(machine: MachineRoot): NetworkSetup {
  const net = (name: string): string =>
    textOf(machine.proc, '1/net', name) ?? textOf(machine.proc, 'net', name) ?? '';
  const routes = [...parseIpv4Routes(net('route')), ...parseIpv6Routes(net('ipv6_route'))];
  const fromFiles = [
    ...assignIpv4(parseLocalIpv4(net('fib_trie')), routes),
    ...parseIpv6Addresses(net('if_inet6')),
  ];
  return {
    links: readLinks(machine, net('vlan/config')),
    addresses: ownNetworkIsHosts(machine) ? settleAddresses(fromFiles, certainAddresses()) : fromFiles,
    defaultRoutes: defaultRoutes(routes),
    ...readResolvers(machine),
  };
}

/** Whether this process lives in the network of the machine; /proc/1/ns/net may not be read to compare. */
function ownNetworkIsHosts(machine: MachineRoot): boolean {
  if (!machine.live) return false;
  const names = (place: string): string =>
    [...(parseNetworkCounters(textOf(machine.proc, place, 'net/dev') ?? '')?.keys() ?? [])].sort().join(' ');
  return names('1') === '' || names('1') === names('self');
}

function certainAddresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ address, family, cidr }) => {
      const prefixLength = Number(cidr?.split('/')[1] ?? Number.NaN);
      // Node.js knows no prefix for a netmask with holes.
      if (Number.isNaN(prefixLength)) return [];
      return [{ interface: name, family: family === 'IPv4' ? 'ipv4' : 'ipv6', address, prefixLength }];
    }),
  );
}

function readResolvers(machine: MachineRoot): Pick<NetworkSetup, 'resolvers' | 'throughResolved'> {
  const listed = parseResolvers(textOf(machine.root, 'etc/resolv.conf') ?? '');
  const real = listed.servers.some(isStub)
    ? textOf(machine.root, 'run/systemd/resolve/resolv.conf')
    : undefined;
  return real === undefined
    ? { resolvers: listed, throughResolved: false }
    : { resolvers: parseResolvers(real), throughResolved: true };
}
