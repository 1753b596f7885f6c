/** Addresses of network interfaces, put together from what the kernel tells in /proc/net. */

import { ipv6FromHex } from './address-hex.ts';
import type { Route } from './routes.ts';

export interface InterfaceAddress {
  /** Absent where the files don't tell whose it is. */
  readonly interface?: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefixLength: number;
}

/** The text of /proc/net/if_inet6: address, index, prefix length, scope, flags, name. */
export function parseIpv6Addresses(text: string): readonly InterfaceAddress[] {
  const line = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]{2}) [0-9a-f]{2} [0-9a-f]+ +(\S+)$/gm;
  return [...text.matchAll(line)].map(([, hex = '', prefix = '', name = '']) => ({
    interface: name,
    family: 'ipv6',
    address: ipv6FromHex(hex),
    prefixLength: Number.parseInt(prefix, 16),
  }));
}

/** The machine's own IPv4 addresses in the text of /proc/net/fib_trie, which names no interface. */
export function parseLocalIpv4(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [, address = ''] of text.matchAll(
    /\|-- (\d+\.\d+\.\d+\.\d+)\n(?: +\/\d+ .*\n)*? +\/32 host LOCAL/g,
  )) {
    found.add(address);
  }
  return [...found];
}

const ipv4Number = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/**
 * Gives each IPv4 address to the interface whose connected network it lies in, with that network's prefix; an
 * address that lies in none, or in as narrow a one of several interfaces, to none.
 */
export function assignIpv4(
  addresses: readonly string[],
  routes: readonly Route[],
): readonly InterfaceAddress[] {
  const connected = routes.filter((route) => route.family === 'ipv4' && route.gateway === undefined);
  return addresses.map((address): InterfaceAddress => {
    // The kernel keeps 127.0.0.0/8 in another table.
    if (address.startsWith('127.')) return { interface: 'lo', family: 'ipv4', address, prefixLength: 8 };
    const covering = connected.filter(
      (route) => route.prefixLength > 0 && sameNetwork(route.destination, address, route.prefixLength),
    );
    const prefixLength = Math.max(...covering.map((route) => route.prefixLength), 0);
    const owners = new Set(
      covering.filter((route) => route.prefixLength === prefixLength).map((route) => route.interface),
    );
    const [owner] = owners;
    return owners.size === 1 && owner !== undefined
      ? { interface: owner, family: 'ipv4', address, prefixLength }
      : { family: 'ipv4', address, prefixLength: 32 };
  });
}

function sameNetwork(a: string, b: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(ipv4Number(a) / size) === Math.floor(ipv4Number(b) / size);
}

/** What this process's own network says for certain, and of the files' addresses what it doesn't have. */
export function settleAddresses(
  fromFiles: readonly InterfaceAddress[],
  certain: readonly InterfaceAddress[],
): readonly InterfaceAddress[] {
  const settled = new Set(certain.map(({ address }) => address));
  return [...certain, ...fromFiles.filter(({ address }) => !settled.has(address))];
}
