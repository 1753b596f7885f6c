/** What a process holds open, and the ports among it on which it waits for others. */

import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ipv4FromHex, ipv6FromHex } from './address-hex.ts';
import { textOf } from './machine-facts.ts';

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
  const waiting = protocol === 'tcp' ? '0A' : '07';
  const ports: ListeningPort[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== waiting || !inodes.has(fields[9] ?? '')) continue;
    const [hex = '', port = ''] = (fields[1] ?? '').split(':');
    const address = hex.length === 8 ? ipv4FromHex(hex) : ipv6FromHex(wordsTurned(hex));
    ports.push({ protocol, address, port: Number.parseInt(port, 16) });
  }
  return ports;
}

/** The kernel prints the four words of an address of version 6 in the byte order of the machine. */
const wordsTurned = (hex: string): string =>
  hex.replace(/(..)(..)(..)(..)/g, (_, a: string, b: string, c: string, d: string) => d + c + b + a);
