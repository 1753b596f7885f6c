/** The state of the network, put together from what was sampled before anybody asked. */

import { cleanText } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { validNames } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { InterfaceAddress } from './addresses.ts';
import type { Link } from './links.ts';
import { type Traffic, traffic } from './network-counters.ts';
import type { NetworkSetup } from './network-setup.ts';
import { known } from './rate.ts';
import { has } from './reading.ts';
import type { Resolvers } from './resolvers.ts';
import type { Route } from './routes.ts';
import type { NetworkView, Span } from './sampler.ts';

export type Address = Omit<InterfaceAddress, 'interface'>;

export interface NetworkInterface extends Link {
  readonly name: string;
  /** Absent before the set-up was read. */
  readonly addresses?: readonly Address[];
  readonly received: Traffic;
  readonly sent: Traffic;
}

export type DefaultRoute = Omit<Route, 'destination' | 'prefixLength'>;

/** Times are ISO 8601 in UTC. */
export interface NetworkStatus {
  readonly sampledAt: string;
  /** Over which the rates were measured. */
  readonly intervalMs: number;
  readonly view: NetworkView;
  /** With addresses first, in the kernel's order otherwise. */
  readonly interfaces: readonly NetworkInterface[];
  /** When links, addresses, routes and resolvers were read; they are absent before. */
  readonly setupReadAt?: string;
  /** The machine's, but the files don't tell of which interface. */
  readonly otherAddresses?: readonly Address[];
  readonly defaultRoutes?: readonly DefaultRoute[];
  readonly resolvers?: Resolvers & { readonly throughResolved: boolean };
}

/** The set-up as last read. */
export interface SetupReading {
  readonly readAtMs: number;
  readonly setup: NetworkSetup;
}

/** Reads nothing but memory. Throws `unavailable` where the kernel shows no interfaces. */
export function networkStatus(
  { before, after, intervalMs }: Span,
  reading: SetupReading | undefined,
): NetworkStatus {
  if (!has(after.network)) {
    throw new Problem('unavailable', {
      detail: `This machine shows no network interfaces: ${after.network.reason}.`,
    });
  }
  const earlier = has(before.network) ? before.network.value.interfaces : undefined;
  const interfaces = [...after.network.value.interfaces].map(
    ([name, counters]): NetworkInterface => ({
      name: cleanText(name, 64),
      ...cleanLink(reading?.setup.links[name] ?? {}),
      ...(reading === undefined ? {} : { addresses: addressesOf(name, reading.setup) }),
      received: traffic(earlier?.get(name)?.received, counters.received, intervalMs),
      sent: traffic(earlier?.get(name)?.sent, counters.sent, intervalMs),
    }),
  );
  return {
    sampledAt: isoTime(after.takenAtMs),
    intervalMs: Math.round(intervalMs),
    view: after.network.value.view,
    // Those of containers have none, and are the first that may be cut.
    interfaces: interfaces.sort((a, b) => Number(isAddressed(b)) - Number(isAddressed(a))),
    ...(reading === undefined ? {} : setupStatus(reading)),
  };
}

const isAddressed = ({ addresses = [] }: NetworkInterface): boolean => addresses.length > 0;

const cleanLink = ({ state, mac, memberOf, members, bond, vlan, ...link }: Link): Link => ({
  ...known({ state: state && cleanText(state, 32) }),
  ...link,
  ...known({
    mac: mac && cleanText(mac, 64),
    memberOf: memberOf && cleanText(memberOf, 64),
    members: members?.slice(0, most.members).map((name) => cleanText(name, 64)),
    bond: bond && {
      mode: cleanText(bond.mode, 32),
      ...known({ active: bond.active && cleanText(bond.active, 64) }),
    },
    vlan: vlan && { ...vlan, parent: cleanText(vlan.parent, 64) },
  }),
});

/** A host with more members of a bridge, addresses, routes or resolvers than these is answered without the rest. */
const most = { members: 256, addresses: 256, routes: 64, resolvers: 64 };

const addressesOf = (name: string | undefined, setup: NetworkSetup): readonly Address[] =>
  setup.addresses
    .filter((address) => address.interface === name)
    .slice(0, most.addresses)
    .map(({ family, address, prefixLength }) => ({ family, address, prefixLength }));

function setupStatus({ readAtMs, setup }: SetupReading) {
  const others = addressesOf(undefined, setup);
  const cleanAll = (words: readonly string[]) =>
    words.slice(0, most.resolvers).map((word) => cleanText(word, 255));
  return {
    setupReadAt: isoTime(readAtMs),
    ...(others.length === 0 ? {} : { otherAddresses: others }),
    defaultRoutes: setup.defaultRoutes
      .slice(0, most.routes)
      .map(({ destination: _, prefixLength: __, ...route }) => ({
        ...route,
        interface: cleanText(route.interface, 64),
      })),
    resolvers: {
      servers: cleanAll(setup.resolvers.servers),
      searchDomains: cleanAll(setup.resolvers.searchDomains),
      throughResolved: setup.throughResolved,
    },
  };
}

/** The answer about one interface alone. Throws `not_found` for a name that is none, with those that are. */
export function ofInterface(status: NetworkStatus, name: string): NetworkStatus {
  const interfaces = status.interfaces.filter((one) => one.name === name);
  if (interfaces.length > 0) {
    return {
      ...status,
      interfaces,
      ...(status.defaultRoutes === undefined
        ? {}
        : { defaultRoutes: status.defaultRoutes.filter((route) => route.interface === name) }),
    };
  }
  const names = status.interfaces.map((one) => one.name);
  throw new Problem('not_found', {
    detail: `There is no network interface ${quote(name)}.`,
    hint: validNames(name, names),
  });
}
