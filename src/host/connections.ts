/**
 * The sockets of the machine with those who hold them: filtered, counted, sorted and cut. Reads the kernel's tables
 * and the descriptors of all processes: for the worker.
 */

import { cleanLine } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import type { NetworkView } from './sampler.ts';
import {
  type Holder,
  processIds,
  processName,
  readHolder,
  readSocketOwners,
  type SocketOwners,
} from './socket-owners.ts';
import {
  addressOf,
  type HexEndpoint,
  parseInetSockets,
  parseUnixSockets,
  type Socket,
  type SocketProtocol,
  type SocketState,
} from './sockets.ts';
import { readUserNames, unknownUser } from './users.ts';

/** `open`: all but `time_wait`. `listening` takes UDP sockets in that are not connected. */
export type StateFilter = SocketState | 'open' | 'all';

export interface ConnectionQuery {
  /** TCP and UDP by default. */
  readonly protocols?: readonly SocketProtocol[];
  readonly state: StateFilter;
  /** Of either side. */
  readonly port?: number;
  /** A process id or the exact name. */
  readonly process?: string | number;
  readonly limit: number;
  /** Rows up to and with the one of this position are left out. */
  readonly after?: string;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Connection extends Omit<Socket, 'local' | 'remote'> {
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  /** Of the uid. */
  readonly user?: string;
  /** Who holds it; of several not the first process of the machine, which only holds it for them. */
  readonly holder?: Holder;
  /** How many processes hold it, where they are several. */
  readonly holders?: number;
  /** Where it stands in the order of all. */
  readonly position: string;
}

export interface StateCount {
  readonly protocol: SocketProtocol;
  readonly state: SocketState;
  readonly sockets: number;
}

export interface Connections {
  readonly view: NetworkView;
  /** Over all sockets, whatever was asked for. */
  readonly counts: readonly StateCount[];
  /** How many match, those before `after` included. */
  readonly matching: number;
  /** Listening first, then by protocol and port. */
  readonly rows: readonly Connection[];
  /** How many rows follow these. */
  readonly following: number;
  /** How many processes there are whose sockets may not be seen. */
  readonly hiddenProcesses: number;
  /** Names to choose from, where no process is called as was asked. */
  readonly unknownProcess?: readonly string[];
}

const tables = [
  ['tcp', 'tcp'],
  ['tcp6', 'tcp'],
  ['udp', 'udp'],
  ['udp6', 'udp'],
] as const;

/** Throws the system's error where there is no table at all. */
export function readConnections(machine: MachineRoot, query: ConnectionQuery): Connections {
  const { view, sockets } = readSockets(machine);
  const owners = readSocketOwners(machine);
  const wanted = query.process === undefined ? undefined : pidsOf(machine, query.process);
  const matching = sockets
    .filter((socket) => matches(socket, query, owners, wanted))
    .map((socket) => ({ socket, position: positionOf(socket) }))
    .sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
  const { after } = query;
  const left = after === undefined ? matching : matching.filter(({ position }) => position > after);
  const describe = openDescriber(machine, owners, wanted);
  return {
    view,
    counts: countStates(sockets),
    matching: matching.length,
    rows: left.slice(0, query.limit).map(describe),
    following: Math.max(0, left.length - query.limit),
    hiddenProcesses: owners.hiddenProcesses,
    ...(wanted?.size === 0 ? { unknownProcess: namesOfAll(machine) } : {}),
  };
}

/** Those of the machine's own network; where they are hidden, those of the network that this process is in. */
function readSockets(machine: MachineRoot): { view: NetworkView; sockets: readonly Socket[] } {
  const view = textOf(machine.proc, '1/net/tcp') === undefined ? 'own' : 'host';
  const folder = view === 'host' ? '1/net' : 'self/net';
  // A kernel without IPv6 has no tables for it.
  const inet = tables.map(([name, protocol]) => [textOf(machine.proc, folder, name), protocol] as const);
  if (inet.every(([text]) => text === undefined)) throw new Error(`/proc/${folder}/tcp cannot be read`);
  return {
    view,
    sockets: [
      ...inet.flatMap(([text = '', protocol]) => parseInetSockets(text, protocol)),
      ...parseUnixSockets(textOf(machine.proc, folder, 'unix') ?? ''),
    ],
  };
}

function matches(
  socket: Socket,
  { protocols = ['tcp', 'udp'], state, port }: ConnectionQuery,
  owners: SocketOwners,
  wanted: ReadonlySet<number> | undefined,
): boolean {
  if (!protocols.includes(socket.protocol) || !isIn(socket, state)) return false;
  if (port !== undefined && socket.local?.port !== port && socket.remote?.port !== port) return false;
  return wanted === undefined || (owners.pids.get(socket.inode) ?? []).some((pid) => wanted.has(pid));
}

function isIn({ protocol, state }: Socket, filter: StateFilter): boolean {
  if (filter === 'all') return true;
  if (filter === 'open') return state !== 'time_wait';
  return state === filter || (filter === 'listening' && protocol === 'udp' && state === 'unconnected');
}

function pidsOf(machine: MachineRoot, process: string | number): ReadonlySet<number> {
  const isWanted =
    typeof process === 'number'
      ? (pid: number) => pid === process
      : (pid: number) => processName(machine, pid) === process;
  return new Set(processIds(machine).filter(isWanted));
}

const namesOfAll = (machine: MachineRoot): readonly string[] => [
  ...new Set(processIds(machine).flatMap((pid) => cleanLine(processName(machine, pid) ?? '', 64) || [])),
];

function countStates(sockets: readonly Socket[]): readonly StateCount[] {
  const counts = new Map<string, StateCount>();
  for (const { protocol, state } of sockets) {
    const key = `${protocol} ${state}`;
    counts.set(key, { protocol, state, sockets: (counts.get(key)?.sockets ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.sockets - a.sockets);
}

const listens = ({ protocol, state }: Socket): boolean =>
  state === 'listening' || (protocol === 'udp' && state === 'unconnected');

/** Its place in the order of all sockets, which it keeps as long as it lives. */
function positionOf(socket: Socket): string {
  const side = (end: HexEndpoint | undefined): string =>
    end === undefined ? '-' : `${String(end.port).padStart(5, '0')}-${end.hex}`;
  const rank = listens(socket) ? 0 : 1;
  const inode = String(socket.inode).padStart(10, '0');
  return `${rank}-${socket.protocol}-${side(socket.local)}-${side(socket.remote)}-${inode}`;
}

/** Reads the rest about the few sockets that are shown, once about each process. */
function openDescriber(
  machine: MachineRoot,
  { pids }: SocketOwners,
  wanted: ReadonlySet<number> | undefined,
): (found: { socket: Socket; position: string }) => Connection {
  const names = readUserNames(machine);
  const known = new Map<number, Holder>();
  const holderOf = (pid: number): Holder => {
    const holder = known.get(pid) ?? readHolder(machine, pid);
    known.set(pid, holder);
    return holder;
  };
  return ({ socket: { local, remote, path, ...socket }, position }) => {
    const holders = pids.get(socket.inode) ?? [];
    // systemd keeps the sockets that it hands over.
    const pid = holders.find((one) => wanted?.has(one)) ?? holders.find((one) => one !== 1) ?? holders[0];
    return {
      ...socket,
      ...(local === undefined ? {} : { local: { address: addressOf(local), port: local.port } }),
      ...(remote === undefined ? {} : { remote: { address: addressOf(remote), port: remote.port } }),
      ...(path === undefined ? {} : { path: cleanLine(path, 255) }),
      ...(socket.uid === undefined ? {} : { user: cleanLine(names.get(socket.uid) ?? unknownUser, 64) }),
      ...(pid === undefined ? {} : { holder: holderOf(pid) }),
      ...(holders.length > 1 ? { holders: holders.length } : {}),
      position,
    };
  };
}
