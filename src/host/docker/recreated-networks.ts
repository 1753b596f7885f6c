/** The networks of a container as they are asked for: addresses and aliases that somebody chose, not what came of them. */

import { at, entriesAt, textAt, textsAt } from './fields.ts';

export interface RecreatedNetworks {
  /** For the call that creates it: of the network that it is created in. */
  readonly endpoints: Readonly<Record<string, object>>;
  /** What is connected then, in this order. The engine takes one network at the creation. */
  readonly connect: readonly { readonly network: string; readonly endpoint: object }[];
  /** What its creation connects it to, and it is not to be. */
  readonly disconnect: readonly string[];
}

/** @param inspected the container */
export function recreatedNetworks(inspected: unknown): RecreatedNetworks {
  const mode = textAt(inspected, 'HostConfig', 'NetworkMode') ?? 'default';
  const own = { id: textAt(inspected, 'Id') ?? '', hostname: textAt(inspected, 'Config', 'Hostname') };
  const networks = entriesAt(inspected, 'NetworkSettings', 'Networks');
  if (isShared(mode)) return { endpoints: {}, connect: [], disconnect: [] };
  const first = mode === 'default' ? 'bridge' : mode;
  const isFirst = ([name, network]: readonly [string, unknown]): boolean =>
    name === first || textAt(network, 'NetworkID') === first;
  const created = networks.find(isFirst);
  const endpoint = created === undefined ? {} : endpointOf(created[1], own);
  return {
    endpoints: Object.keys(endpoint).length === 0 ? {} : { [first]: endpoint },
    connect: networks
      .filter((one) => !isFirst(one))
      .map(([name, network]) => ({
        network: textAt(network, 'NetworkID') ?? name,
        endpoint: endpointOf(network, own),
      })),
    disconnect: created === undefined ? [first] : [],
  };
}

/** It has no network of its own that could be one of several. */
const isShared = (mode: string): boolean =>
  mode === 'host' || mode === 'none' || mode.startsWith('container:');

interface OwnNames {
  readonly id: string;
  readonly hostname: string | undefined;
}

function endpointOf(network: unknown, { id, hostname }: OwnNames): object {
  // The engine itself adds the beginning of the id and the name that the container has for itself.
  const aliases = textsAt(network, 'Aliases').filter((alias) => !id.startsWith(alias) && alias !== hostname);
  const mac = textAt(network, 'MacAddress');
  return Object.fromEntries(
    Object.entries({
      IPAMConfig: at(network, 'IPAMConfig'),
      Links: at(network, 'Links'),
      Aliases: aliases,
      DriverOpts: at(network, 'DriverOpts'),
      GwPriority: at(network, 'GwPriority'),
      MacAddress: mac === undefined || isMadeOf(textAt(network, 'IPAddress'), mac) ? undefined : mac,
    }).filter(([, value]) => !isNothing(value)),
  );
}

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === 0 ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Engines up to 27 made the address of the card from that of the network. */
const isMadeOf = (address = '', mac: string): boolean =>
  mac ===
  ['02', '42', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
