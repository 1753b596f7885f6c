/** Which doors the daemon answers on: those that systemd handed over, or else its own; and how far each reaches. */

import { readFileSync, readlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { Problem } from '../base/errors.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { DoorFacts } from '../transport/http/server.ts';
import type { Place } from './bind.ts';
import type { InheritedListener } from './listeners.ts';

/** A door with the place where it listens. */
export interface Listener extends DoorFacts {
  readonly at: Place;
}

/** A door that is open, and where. */
export interface OpenDoor extends DoorFacts {
  /** For people: a path, or host:port. */
  readonly where: string;
  /** Whether only this machine can reach it. */
  readonly local: boolean;
}

/** Whether the configuration asks for a TCP listener of our own: by naming its host or port. */
const asksForTcp = ({ origins }: LoadedConfig): boolean =>
  ['server.host', 'server.port'].some((key) => (origins.get(key) ?? 'default') !== 'default');

/**
 * What to listen on. With inherited listeners nothing of our own is bound: a sandbox may have given the daemon a
 * network of its own, in which nobody would ever call.
 * @returns what to warn of besides
 */
export function chooseListeners(
  loaded: LoadedConfig,
  inherited: readonly InheritedListener[],
  runtimeDirectory: string,
): { readonly listeners: readonly Listener[]; readonly warnings: readonly string[] } {
  if (inherited.length > 0) {
    return {
      listeners: inherited.map(({ door, family, fd }) => ({ door, family, at: { fd } })),
      warnings: asksForTcp(loaded)
        ? [
            'server.host and server.port are not used, since systemd handed over the sockets: ' +
              'enable systemmanager-mcp-tcp.socket for TCP and set its ListenStream=',
          ]
        : [],
    };
  }
  const { host, port } = loaded.config.server;
  const unix: Listener = {
    door: 'mcp',
    family: 'unix',
    at: { path: join(runtimeDirectory, 'mcp.sock'), mode: 0o660 },
  };
  const tcp: Listener = { door: 'tcp', family: host.includes(':') ? 'inet6' : 'inet', at: { host, port } };
  return { listeners: asksForTcp(loaded) ? [unix, tcp] : [unix], warnings: [] };
}

const isLoopback = (address: string): boolean =>
  address === '::1' || address === 'localhost' || /^(::ffff:)?127\./.test(address);

/**
 * Where the kernel lists Unix sockets, each list for one network: systemd makes its sockets in that of the machine,
 * and a sandbox may give this process another.
 */
const socketLists = ['/proc/1/net/unix', '/proc/self/net/unix'];

/** The path of a Unix socket, of which Node.js knows nothing where it got the descriptor; proc_net(5), unix. */
function pathOf(fd: number): string | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  for (const list of socketLists) {
    const line = linesOf(list).find((entry) => entry.split(/\s+/)[6] === inode);
    const path = /^(?:\S+\s+){7}(.+)$/.exec(line ?? '')?.[1];
    if (path !== undefined) return path;
  }
  return undefined;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** What a listening server turned out to be. */
export function openDoor({ door, family, at }: Listener, server: Server): OpenDoor {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    const where = address ?? ('fd' in at ? pathOf(at.fd) : undefined) ?? door;
    return { door, family, where, local: door === 'mcp' };
  }
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { door, family, where: `${host}:${address.port}`, local: isLoopback(address.address) };
}

/**
 * What must be said of how far inherited doors reach; of our own the configuration has said it.
 * Throws `start_failed` where authentication is switched off and one of them reaches beyond this machine.
 */
export function reachWarnings(doors: readonly OpenDoor[], authRequired: boolean): readonly string[] {
  const far = doors.filter(({ local }) => !local);
  if (!authRequired && far.length > 0) {
    throw new Problem('start_failed', {
      detail: `server.auth_required is false, and ${far.map(({ where }) => where).join(', ')} reaches beyond this machine.`,
      hint: 'Set server.auth_required to true, or stop that socket unit.',
    });
  }
  return far
    .filter(({ door }) => door === 'tcp')
    .map(
      ({ where }) => `TCP on ${where} is not encrypted: whoever sees the network can take tokens and answers`,
    );
}
