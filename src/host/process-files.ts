/** What a process holds open, and the ports among it on which it waits for others. */

import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './machine-facts.ts';
import { addressOf, parseInetSockets, type SocketState } from './sockets.ts';

export interface ListeningPort {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

export interface OpenFiles {
  readonly total: number;
  /** Of the first 10,000. */
  readonly sockets: number;
  /** TCP that listens and UDP that is connected to nobody, in the process's own network. */
  readonly listening: readonly ListeningPort[];
}

/** Each costs a system call. */
const mostLinks = 10_000;
const mostPorts = 64;

/** Undefined where another user's process, or one that is gone, does not let its descriptors be seen. */
export function readOpenFiles(folder: string): OpenFiles | undefined {
  let names: readonly string[];
  try {
    names = readdirSync(join(folder, 'fd'));
  } catch {
    return undefined;
  }
  const inodes = new Set<string>();
  let sockets = 0;
  for (const name of names.slice(0, mostLinks)) {
    const inode = socketInode(join(folder, 'fd', name));
    if (inode === undefined) continue;
    sockets += 1;
    inodes.add(inode);
  }
  return { total: names.length, sockets, listening: sockets === 0 ? [] : listeningOf(folder, inodes) };
}

function socketInode(path: string): string | undefined {
  try {
    return /socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    return undefined;
  }
}

const tables = [
  ['tcp', 'tcp'],
  ['tcp6', 'tcp'],
  ['udp', 'udp'],
  ['udp6', 'udp'],
] as const;

const listeningOf = (folder: string, inodes: ReadonlySet<string>): readonly ListeningPort[] =>
  tables
    .flatMap(([file, protocol]) => parseListening(textOf(folder, 'net', file) ?? '', protocol, inodes))
    .sort((a, b) => a.port - b.port)
    .slice(0, mostPorts);

/** The text of /proc/PID/net/{tcp,tcp6,udp,udp6}, proc_pid_net(5): those of these inodes that wait for others. */
export function parseListening(
  text: string,
  protocol: 'tcp' | 'udp',
  inodes: ReadonlySet<string>,
): readonly ListeningPort[] {
  return parseInetSockets(text, protocol).flatMap(({ state, inode, local }) =>
    local !== undefined && waitingStates.has(state) && inodes.has(String(inode))
      ? { protocol, address: addressOf(local), port: local.port }
      : [],
  );
}

const waitingStates: ReadonlySet<SocketState> = new Set(['listening', 'unconnected']);
