/** The network interfaces of the machine, its default routes and its resolvers. */

import { ofInterface } from '../../host/network.ts';
import {
  amount,
  bytes,
  count,
  flag,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  withheld,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const address = record({
  family: word(['ipv4', 'ipv6'], 'Kind of address'),
  address: text('The address', 64),
  prefixLength: count('Length of its network, bits', 0, 128),
});

const traffic = (description: string) =>
  record(
    {
      bytes: bytes('Since the interface exists'),
      packets: count('Packets since it exists'),
      errors: count('Errors since it exists'),
      drops: count('Dropped packets since it exists'),
      bytesPerSecond: maybe(amount('Bytes a second')),
      packetsPerSecond: maybe(amount('Packets a second')),
      errorsPerSecond: maybe(amount('Errors a second')),
      dropsPerSecond: maybe(amount('Dropped packets a second')),
    },
    `${description}; without rates where the interface is new or its counters began anew`,
  );

const networkInterface = record({
  name: untrusted('Name', 64),
  state: maybe(untrusted('RFC 2863: up, down, lowerlayerdown, dormant, testing, notpresent, unknown', 32)),
  mtu: maybe(count('Largest packet, bytes')),
  speedMbitPerSecond: maybe(count('Speed of the link, Mbit a second')),
  mac: maybe(text('Hardware address', 64)),
  memberOf: maybe(untrusted('The bond or bridge that it is part of', 64)),
  members: maybe(list(untrusted('Name', 64), 'Of a bond or bridge', 256)),
  bond: maybe(
    record(
      {
        mode: text('active-backup, 802.3ad, …', 32),
        active: maybe(untrusted('The member that carries the traffic', 64)),
      },
      'Of a bond',
    ),
  ),
  vlan: maybe(
    record(
      {
        id: maybe(count('IEEE 802.1Q id', 0, 4095)),
        parent: untrusted('The interface that it lies on', 64),
      },
      'Of a VLAN',
    ),
  ),
  addresses: maybe(list(address, 'Its addresses; absent until they were read', 256)),
  received: traffic('What came in'),
  sent: traffic('What went out'),
});

const route = record({
  family: word(['ipv4', 'ipv6'], 'Kind of address'),
  interface: untrusted('Through which interface', 64),
  gateway: maybe(text('Through which router; absent where there is none', 64)),
  metric: count('Of several the lowest is taken'),
});

const mostInterfaces = 256;
const vlanIdsHidden = 'ids of VLANs: the drop-in process-details.conf shows them';
const rest = 'Ask for one interface at a time with `interface`.';

export const getNetworkStatus = defineTool({
  name: 'get_network_status',
  title: 'Network status',
  summary:
    'The network interfaces of this machine: addresses, MTU, speed, state, throughput, errors and drops; its ' +
    'default routes and its DNS resolvers; what bonds, bridges and VLANs are built of. Rates are measured over `intervalMs`. Use get_system_status for the ' +
    'whole machine at a glance.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    interface: maybe(text('The name of one interface, for it alone', 64)),
  }),
  output: record({
    host: text('The host that answers', 255),
    sampledAt: time('When the counters were taken'),
    intervalMs: count('Over which rates were measured, milliseconds'),
    view: word(['host', 'own'], "own: only the daemon's own network could be seen"),
    interfaces: list(networkInterface, 'Those with addresses first', mostInterfaces),
    setupReadAt: maybe(time('When all but the counters was read; absent before')),
    otherAddresses: maybe(list(address, 'Of this machine, but it does not tell of which interface', 256)),
    defaultRoutes: maybe(list(route, 'First choice first', 64)),
    resolvers: maybe(
      record(
        {
          servers: list(untrusted('Address', 255), 'Servers, in the order in which they are asked', 64),
          searchDomains: list(untrusted('Domain', 255), 'Domains that short names are tried in', 64),
          throughResolved: flag('Whether programs ask systemd-resolved, and that asks these'),
        },
        'Who is asked for names',
      ),
    ),
    hidden: maybe(list(text('What, and what would show it'), 'What cannot be seen', 4)),
    withheld,
    truncated,
  }),
  rest,
  aliases: [{ name: 'get_network_interfaces' }, { name: 'get_network_io_counters' }],
  examples: [
    { says: 'Which addresses does this machine have?', args: {} },
    { says: 'Does eth0 drop packets?', args: { interface: 'eth0' } },
  ],
  run({ interface: name }, { host }) {
    const all = host.network.status();
    const { interfaces, ...status } = name === undefined ? all : ofInterface(all, name);
    const shown = interfaces.slice(0, mostInterfaces);
    const hidesIds = shown.some(({ vlan }) => vlan !== undefined && vlan.id === undefined);
    return {
      host: host.name,
      ...status,
      interfaces: shown,
      ...(hidesIds && { hidden: [vlanIdsHidden] }),
      ...(shown.length < interfaces.length && {
        truncated: { shown: shown.length, total: interfaces.length, how: rest },
      }),
    };
  },
});
