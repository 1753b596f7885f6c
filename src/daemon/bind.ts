/**
 * Makes a server listen: on a socket that is there already, on a path or on an address of its own. It knows
 * what can stand in the way and how that is mended; it knows nothing of what the server serves.
 */

import { once } from 'node:events';
import { chmodSync, lstatSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { errnoOf, Problem } from '../base/errors.ts';

/** Where to listen: on an inherited descriptor, on a Unix socket with the permissions `mode`, or on TCP. */
export type Place =
  | { readonly fd: number }
  | { readonly path: string; readonly mode: number }
  | { readonly host: string; readonly port: number };

export interface Listening {
  /** Whether a socket file that a dead process had left behind was removed. */
  readonly staleRemoved: boolean;
}

/**
 * Resolves once connections are accepted. `backlog` is cut by the kernel to net.core.somaxconn.
 * Throws `start_failed` where the place is taken, forbidden or not of this machine.
 */
export async function listenOn(server: Server, place: Place, backlog = 4096): Promise<Listening> {
  if ('path' in place) return listenOnPath(server, place.path, place.mode, backlog);
  try {
    const listening = once(server, 'listening');
    // The backlog must be an argument of its own: as an option beside `fd` Node.js ignores it.
    if ('fd' in place) server.listen({ fd: place.fd }, backlog);
    else server.listen(place.port, place.host, backlog);
    await listening;
  } catch (thrown) {
    throw 'fd' in place
      ? descriptorProblem(place.fd, thrown)
      : addressProblem(place.host, place.port, thrown);
  }
  return { staleRemoved: false };
}

async function listenOnPath(server: Server, path: string, mode: number, backlog: number): Promise<Listening> {
  const staleRemoved = await clearPath(path);
  try {
    const listening = once(server, 'listening');
    // bind(2) makes the file within this call: nobody but its owner may connect before its mode is set.
    const umask = process.umask(0o177);
    try {
      server.listen(path, backlog);
    } finally {
      process.umask(umask);
    }
    await listening;
    chmodSync(path, mode);
  } catch (thrown) {
    server.close();
    throw pathProblem(path, thrown);
  }
  return { staleRemoved };
}

/** Removes a socket file at `path` whose process has died; true if there was one. Throws where it is something else. */
async function clearPath(path: string): Promise<boolean> {
  const there = statOf(path);
  if (there === undefined) return false;
  if (!there.isSocket()) {
    throw new Problem('start_failed', {
      detail: `${path} is in the way: it is no socket.`,
      hint: 'Move it away, or choose another path for the socket.',
    });
  }
  if (await answers(path)) throw liveProblem(path);
  // Another start may have put its own socket there since: it is asked again where nobody else can touch it.
  const aside = join(dirname(path), `.${process.pid}`);
  try {
    renameSync(path, aside);
    if (await answers(aside)) {
      renameSync(aside, path);
      throw liveProblem(path);
    }
    unlinkSync(aside);
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    // Another start has removed it: one of the two will get the path.
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw pathProblem(path, thrown);
  }
  return true;
}

/** Throws where the folder is missing, which libuv would call EACCES. */
function statOf(path: string): Stats | undefined {
  try {
    statSync(dirname(path));
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    throw pathProblem(path, thrown);
  }
}

/** Whether a process listens on the socket file at `path`. Throws where this user may not ask. */
async function answers(path: string): Promise<boolean> {
  const connection = createConnection(path);
  try {
    await once(connection, 'connect');
    return true;
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === 'ECONNREFUSED' || errno === 'ENOENT') return false;
    // Somebody listens, whose backlog is full.
    if (errno === 'EAGAIN') return true;
    throw pathProblem(path, thrown);
  } finally {
    connection.destroy();
  }
}

const liveProblem = (path: string): Problem =>
  new Problem('start_failed', {
    detail: `Another daemon answers on ${path}.`,
    hint: `Stop it first (fuser ${path} shows its process), or choose another path for this one.`,
  });

function pathProblem(path: string, cause: unknown): Problem {
  const errno = errnoOf(cause) ?? String(cause);
  const hints: Record<string, string> = {
    EADDRINUSE: 'Another daemon was started at the same moment: keep one of them.',
    EACCES: `Make ${dirname(path)}, and what stands there already, writable for the user that runs the daemon.`,
    ENOENT: `Make the folder ${dirname(path)}, owned by the user that runs the daemon.`,
    EROFS: 'Choose a path on a file system that can be written to.',
    EINVAL: 'Use a path of at most 107 bytes.',
    ENAMETOOLONG: 'Use a path of at most 107 bytes.',
  };
  return new Problem('start_failed', {
    detail: `The Unix socket ${path} cannot be made: ${errno}.`,
    hint: hints[errno] ?? 'Choose another path for the socket.',
    cause,
  });
}

function addressProblem(host: string, port: number, cause: unknown): Problem {
  const errno = errnoOf(cause) ?? String(cause);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const words: Record<string, readonly [why: string, hint: string]> = {
    EADDRINUSE: [
      'is in use',
      `Choose another port with server.port, or end the process that ss -ltnp 'sport = :${port}' shows.`,
    ],
    EACCES: [
      'needs privileges that the daemon does not have',
      'Choose a port from 1024 up with server.port, or let a .socket unit with FileDescriptorName=tcp hand it over.',
    ],
    EADDRNOTAVAIL: ['is no address of this machine', 'Set server.host to one that ip address shows.'],
    ENOTFOUND: ['is a name that has no address', 'Set server.host to an IP address of this machine.'],
  };
  const [why, hint] = words[errno] ?? [
    `cannot be listened on (${errno})`,
    'Check server.host and server.port.',
  ];
  return new Problem('start_failed', { detail: `${address} ${why}.`, hint, cause });
}

const descriptorProblem = (fd: number, cause: unknown): Problem =>
  new Problem('start_failed', {
    detail: `Descriptor ${fd} cannot be listened on: ${errnoOf(cause) ?? String(cause)}.`,
    hint: 'Hand over a stream socket that listens (ListenStream= in a .socket unit, systemd.socket(5)).',
    cause,
  });
