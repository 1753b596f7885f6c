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

/**
 * The machine's own IPv4 addresses in the text of /proc/net/fib_trie, which names no interface: each as many times as
 * interfaces have it. The tables `Main` and `Local` mostly are one, which is then shown twice.
 */
export function parseLocalIpv4(text: string): readonly string[] {
  const found = new Map<string, number>();
  for (const table of text.split(/^\w+:$/m)) {
    for (const [, address = '', entries = ''] of table.matchAll(
      /\|-- (\d+\.\d+\.\d+\.\d+)\n((?: +\/\d+ .*\n)+)/g,
    )) {
      const local = entries.match(/\/32 host LOCAL/g)?.length ?? 0;
      if (local > 0) found.set(address, Math.max(local, found.get(address) ?? 0));
    }
  }
  return [...found].flatMap(([address, times]) => Array<string>(times).fill(address));
}

const ipv4Number = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/**
 * Gives each IPv4 address to the interface whose connected network it lies in, with that network's prefix, and one that
 * several interfaces have to those; an address that lies in no network, or in one of more interfaces than have it, to none.
 * @param addresses each as many times as interfaces have it
 */
export function assignIpv4(
  addresses: readonly string[],
  routes: readonly Route[],
): readonly InterfaceAddress[] {
  const connected = routes.filter((route) => route.family === 'ipv4' && route.gateway === undefined);
  const times = countsOf(addresses);
  return [...times.keys()].flatMap((address): InterfaceAddress | InterfaceAddress[] => {
    // The kernel keeps 127.0.0.0/8 in another table.
    if (address.startsWith('127.')) return { interface: 'lo', family: 'ipv4', address, prefixLength: 8 };
    const covering = connected.filter(
      (route) => route.prefixLength > 0 && sameNetwork(route.destination, address, route.prefixLength),
    );
    const prefixLength = Math.max(...covering.map((route) => route.prefixLength), 0);
    const owners = new Set(
      covering.filter((route) => route.prefixLength === prefixLength).map((route) => route.interface),
    );
    return owners.size === times.get(address)
      ? [...owners].map((owner) => ({ interface: owner, family: 'ipv4', address, prefixLength }))
      : { family: 'ipv4', address, prefixLength: 32 };
  });
}

function countsOf(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function sameNetwork(a: string, b: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(ipv4Number(a) / size) === Math.floor(ipv4Number(b) / size);
}

/**
 * What this process's own network says for certain, which has only interfaces that run, and of the files' addresses
 * what it doesn't have.
 */
export function settleAddresses(
  fromFiles: readonly InterfaceAddress[],
  certain: readonly InterfaceAddress[],
): readonly InterfaceAddress[] {
  const settled = countsOf(certain.map(({ address }) => address));
  const told = countsOf(fromFiles.map(({ address }) => address));
  const owned = new Set(certain.map((one) => `${one.interface} ${one.address}`));
  const isOpen = ({ address, interface: owner }: InterfaceAddress): boolean => {
    const times = settled.get(address) ?? 0;
    // An interface that does not run may have the same address as one that does.
    return times === 0 || ((told.get(address) ?? 0) > times && !owned.has(`${owner} ${address}`));
  };
  return [...certain, ...fromFiles.filter(isOpen)];
}
