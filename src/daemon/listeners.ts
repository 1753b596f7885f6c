/**
 * The listening sockets that systemd hands over, each with the name of its door. It knows descriptors, not what
 * is said over them.
 */

import { fstatSync } from 'node:fs';
import type { Door } from '../auth/caller.ts';
import { Problem } from '../base/errors.ts';
import { openNative, type SocketFacts } from '../base/native.ts';
import { nearest } from '../base/nearest.ts';

export interface InheritedListener {
  readonly fd: number;
  readonly door: Door;
  readonly family: 'unix' | 'inet' | 'inet6';
}

type NamedDoor = Exclude<Door, 'stdio'>;

interface Expected {
  readonly families: readonly string[];
  readonly socket: string;
  /** What its .socket unit says for such a socket, systemd.socket(5). */
  readonly setting: string;
}

const unixSocket: Expected = {
  families: ['unix'],
  socket: 'a listening Unix stream socket',
  setting: 'ListenStream= with a path',
};
const tcpSocket: Expected = {
  families: ['inet', 'inet6'],
  socket: 'a listening TCP socket',
  setting: 'ListenStream= with a port, or an address and a port',
};
const namedDoors: Readonly<Record<NamedDoor, Expected>> = {
  mcp: unixSocket,
  tcp: tcpSocket,
  tailscale: unixSocket,
};

/** sd_listen_fds(3): the first descriptor handed over; the others follow it. */
const firstDescriptor = 3;
const mostDescriptors = 64;

const variables = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];

/**
 * The listeners that systemd handed over, in the order of their descriptors, which means nothing. Their names
 * (FileDescriptorName=) say which door each is; without any names the first Unix socket is `mcp` and the first
 * TCP socket `tcp`. Afterwards they close on exec and LISTEN_* is gone from `env`, so no child sees either.
 * Throws `start_failed` with the descriptor, what was expected there, and what mends it.
 */
export async function inheritedListeners(
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly InheritedListener[]> {
  const descriptors = descriptorsOf(env);
  const names = descriptorNames(env['LISTEN_FDNAMES'], descriptors.length);
  for (const variable of variables) delete env[variable];
  if (descriptors.length === 0) return [];

  const native = await openNative();
  const listeners = descriptors.map((fd, i) => {
    const facts = native.socketFacts(fd);
    const listener = asListener(fd, names?.[i], facts);
    native.setCloseOnExec(fd, true);
    return listener;
  });
  refuseDoubles(listeners, names !== undefined);
  return Object.freeze(listeners);
}

/** The environment in which the same process, once it executes another program, inherits `listeners` again. */
export function handingOver(
  listeners: readonly InheritedListener[],
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  if (listeners.length === 0) return { ...env };
  return {
    ...env,
    LISTEN_PID: String(process.pid),
    LISTEN_FDS: String(listeners.length),
    LISTEN_FDNAMES: listeners.map(({ door }) => door).join(':'),
  };
}

/** sd_listen_fds(3): what was handed over to this very process; nothing where LISTEN_PID names another. */
function descriptorsOf(env: NodeJS.ProcessEnv): readonly number[] {
  if (env['LISTEN_PID'] !== String(process.pid)) return [];
  const count = env['LISTEN_FDS'] ?? '0';
  if (!/^\d{1,3}$/.test(count) || Number(count) > mostDescriptors) {
    throw new Problem('start_failed', {
      detail: `LISTEN_FDS is '${count}', where a number from 0 to ${mostDescriptors} is expected.`,
      hint: 'Leave it to systemd to set LISTEN_FDS, and give the service fewer .socket units if there are more.',
    });
  }
  return Array.from({ length: Number(count) }, (_, i) => firstDescriptor + i);
}

function descriptorNames(text: string | undefined, count: number): readonly string[] | undefined {
  if (text === undefined || count === 0) return undefined;
  const names = text.split(':');
  if (names.length !== count) {
    throw new Problem('start_failed', {
      detail: `LISTEN_FDNAMES holds ${names.length} names (${text}), but LISTEN_FDS says ${count}.`,
      hint: 'Give as many names as descriptors, separated by colons; systemd does so by itself.',
    });
  }
  return names;
}

function asListener(fd: number, name: string | undefined, facts: SocketFacts | undefined): InheritedListener {
  const door = name === undefined ? doorOf(facts) : doorNamed(fd, name);
  const { families, socket, setting } = namedDoors[door];
  if (facts?.type !== 'stream' || !facts.listening || !families.includes(facts.family)) {
    throw new Problem('start_failed', {
      detail: `Descriptor ${fd}${name === undefined ? '' : ` ('${name}')`} is ${kindOf(fd, facts)}; expected is ${socket}.`,
      hint: `In the .socket unit with FileDescriptorName=${door} use ${setting}, and Accept=no.`,
    });
  }
  return Object.freeze({ fd, door, family: facts.family as InheritedListener['family'] });
}

const doorOf = (facts: SocketFacts | undefined): NamedDoor =>
  facts !== undefined && tcpSocket.families.includes(facts.family) ? 'tcp' : 'mcp';

function doorNamed(fd: number, name: string): NamedDoor {
  if (Object.hasOwn(namedDoors, name)) return name as NamedDoor;
  const doors = Object.keys(namedDoors);
  const meant = nearest(name, doors);
  throw new Problem('start_failed', {
    detail: `Descriptor ${fd} is named '${name}', which is no door of this daemon.`,
    hint:
      `Set FileDescriptorName= in its .socket unit to one of ${doors.join(', ')}` +
      (meant === undefined ? '.' : `; did you mean ${meant}?`),
  });
}

/** What a descriptor is, in words, where it is not what it should be. */
function kindOf(fd: number, facts: SocketFacts | undefined): string {
  if (facts !== undefined) {
    const family = { unix: 'a Unix', inet: 'an IPv4', inet6: 'an IPv6', other: 'an other' }[facts.family];
    return `${family} ${facts.type} socket that ${facts.listening ? 'listens' : 'does not listen'}`;
  }
  try {
    fstatSync(fd);
    return 'no socket';
  } catch {
    return 'closed';
  }
}

/** One unit may name an IPv4 and an IPv6 socket alike: so there may be several `tcp`, but only where it is said. */
function refuseDoubles(listeners: readonly InheritedListener[], named: boolean): void {
  for (const [i, { fd, door }] of listeners.entries()) {
    const first = listeners.findIndex((other) => other.door === door);
    if (first === i || (named && door === 'tcp')) continue;
    throw new Problem('start_failed', {
      detail: named
        ? `Descriptors ${listeners[first]?.fd} and ${fd} are both named '${door}', and there is one such door.`
        : `Descriptors ${listeners[first]?.fd} and ${fd} are without names and would both be '${door}'.`,
      hint: 'Give each its own .socket unit with one ListenStream= and its own FileDescriptorName=.',
    });
  }
}
