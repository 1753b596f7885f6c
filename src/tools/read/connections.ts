/** The sockets of the machine: what listens, who is connected to whom, and whose work it is. */

import { Problem } from '../../base/errors.ts';
import { fitting } from '../../base/fitting.ts';
import { nearest } from '../../base/nearest.ts';
import { quote } from '../../base/quote.ts';
import type { Connection, Connections } from '../../host/connections.ts';
import { type SocketState, socketProtocols, socketStates } from '../../host/sockets.ts';
import { containerMembers, type ProcessContainers, processContainers } from '../containers.ts';
import { bytes, count, list, maybe, record, text, truncated, untrusted, withheld, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const endpoint = (description: string) =>
  record({ address: text('Address', 64), port: count('Port', 0, 65_535) }, description);

const connection = record({
  protocol: word(socketProtocols, 'Protocol; the address tells IPv6'),
  state: word(socketStates, 'State; unconnected for UDP: it takes from anybody'),
  local: maybe(endpoint('This side')),
  remote: maybe(endpoint('The other side; absent where there is none')),
  path: maybe(untrusted('Of a Unix socket: where it is bound; @ begins a name in no file system', 255)),
  unixType: maybe(word(['stream', 'dgram', 'seqpacket'], 'Kind of Unix socket')),
  pid: maybe(count('The process that holds it; absent where none does or it may not be seen')),
  process: maybe(untrusted('Its name, at most 15 bytes', 64)),
  unit: maybe(untrusted('Its systemd unit', 255)),
  ...containerMembers,
  holders: maybe(count('How many processes hold it, where they are several', 2)),
  uid: maybe(count('User who made it; Unix sockets do not tell')),
  user: maybe(untrusted('Name of that user; unknown where it has none here', 64)),
  waitingConnections: maybe(count('Of a listening socket: not yet accepted; absent for none')),
  receiveQueueBytes: maybe(bytes('Not yet taken by the program; absent for none')),
  sendQueueBytes: maybe(bytes('Not yet acknowledged by the other side; absent for none')),
});

const usualLimit = 30;
const mostRows = 200;
const rest = 'Narrow by state, port, process or protocol, or go on with `cursor`.';

/** Of an answer of 8 KiB and one of 64 KiB, what the rows may take: the cursor has to stand after the last one shown. */
const usualRowsBytes = 6_500;
const mostRowsBytes = 60_000;

export const listConnections = defineTool({
  name: 'list_connections',
  title: 'Connections and listening ports',
  summary:
    'The sockets of this machine, listening ones first, with process, systemd unit and container: what listens ' +
    'on a port, who is connected to whom. By default TCP and UDP without time_wait; `counts` is over all sockets, ' +
    'whatever is asked for. Containers with a network of their own keep their sockets to themselves. Use ' +
    'get_network_status for interfaces and traffic.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    state: maybe(
      word(['open', 'all', ...socketStates], 'open (default): all but time_wait; listening takes UDP in'),
    ),
    port: maybe(count('Port of either side', 0, 65_535)),
    process: maybe(text('Process id, or exact name', 64)),
    protocol: maybe(word(socketProtocols, 'Default: tcp and udp')),
    limit: maybe(count(`Most rows; default ${usualLimit}`, 1, mostRows)),
    cursor: maybe(text('From `nextCursor`, with the other arguments the same', 128)),
  }),
  output: record({
    host: text('The host that answers', 255),
    view: word(['host', 'own'], "own: only the daemon's own network could be seen"),
    counts: list(
      record({
        protocol: word(socketProtocols, 'Protocol'),
        state: word(socketStates, 'State'),
        sockets: count('How many'),
      }),
      'All sockets by state, most first',
      64,
    ),
    matching: count('How many sockets match'),
    connections: list(connection, 'Listening first, then by protocol and port', mostRows),
    nextCursor: maybe(text('Where to go on; absent at the end', 128)),
    hidden: maybe(list(text('What is hidden, and what would show it', 512), 'What may not be seen', 4)),
    withheld,
    truncated,
  }),
  rest,
  // As many rows as were asked for do not fit into the usual size.
  limits: { bytes: 65_536 },
  aliases: [{ name: 'get_active_connections' }],
  examples: [
    { says: 'What listens on this machine?', args: { state: 'listening' } },
    { says: 'Who talks to PostgreSQL?', args: { port: 5432, state: 'established' } },
    { says: 'Which sockets does nginx have?', args: { process: 'nginx: (worker)' } },
    { says: 'Which Unix sockets are served?', args: { protocol: 'unix', state: 'listening', limit: 2 } },
  ],
  async run({ state = 'open', port, process, protocol, limit, cursor }, context) {
    const { host } = context;
    const found = await host.network.connections({
      state: state as SocketState | 'open' | 'all',
      ...(protocol === undefined ? {} : { protocols: [protocol] }),
      ...(port === undefined ? {} : { port }),
      ...(process === undefined ? {} : { process: /^\d+$/.test(process) ? Number(process) : process }),
      ...(cursor === undefined ? {} : { after: checked(cursor) }),
      limit: limit ?? usualLimit,
    });
    if (found.unknownProcess !== undefined) throw unknownProcess(process ?? '', found.unknownProcess);
    const containers = processContainers(context);
    const shown = fitting(
      found.rows.map((row) => rowOf(row, containers)),
      limit === undefined ? usualRowsBytes : mostRowsBytes,
    );
    const notes = containers.notes();
    const hidden = [...hiddenIn(found, process !== undefined), ...notes.hidden];
    const left = found.following + found.rows.length - shown.length;
    return {
      host: host.name,
      view: found.view,
      counts: found.counts,
      matching: found.matching,
      connections: shown,
      ...(hidden.length > 0 && { hidden }),
      ...(notes.withheld.length > 0 && { withheld: notes.withheld }),
      ...(left > 0 && {
        nextCursor: found.rows[shown.length - 1]?.position ?? '',
        truncated: { shown: shown.length, total: found.matching, how: rest },
      }),
    };
  },
});

function checked(cursor: string): string {
  if (/^[01]-(tcp|udp|unix)-[0-9A-F-]+$/.test(cursor)) return cursor;
  throw new Problem('arguments_invalid', {
    detail: `${quote(cursor)} is no cursor of list_connections.`,
    hint: 'Take `nextCursor` of an answer as it is, or leave `cursor` out to begin at the first row.',
  });
}

function unknownProcess(asked: string, names: readonly string[]): Problem {
  const near = nearest(asked, names);
  return new Problem('not_found', {
    detail: `There is no process ${quote(asked)}.`,
    hint: `${near === undefined ? '' : `Did you mean ${quote(near)}? `}\`process\` is a process id or an exact name of at most 15 bytes.`,
  });
}

function rowOf(row: Connection, containers: ProcessContainers) {
  const { holder, position: _, inode: __, receiveQueue = 0, sendQueue = 0, ...shown } = row;
  const { name, ...owner } = holder ?? {};
  const waiting =
    row.protocol === 'tcp' && row.state === 'listening' ? 'waitingConnections' : 'receiveQueueBytes';
  return {
    ...shown,
    ...containers.show(owner),
    ...(name === undefined ? {} : { process: name }),
    ...(receiveQueue > 0 ? { [waiting]: receiveQueue } : {}),
    ...(sendQueue > 0 ? { sendQueueBytes: sendQueue } : {}),
  };
}

/** Said only where it matters: a shown socket that a process has, but none that may be seen. */
function hiddenIn({ hiddenProcesses, rows }: Connections, byProcess: boolean): string[] {
  const unowned = rows.some(({ holder, inode }) => holder === undefined && inode !== 0);
  if (hiddenProcesses === 0 || !(unowned || byProcess)) return [];
  return [
    `the open files of ${hiddenProcesses} ${hiddenProcesses === 1 ? 'process of another user' : 'processes of other users'}, so some sockets lack their process; ` +
      "the unit's drop-in process-details.conf lets the daemon read them",
  ];
}
