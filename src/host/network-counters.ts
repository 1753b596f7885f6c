/** What went through the network interfaces, from /proc/net/dev. */

import { known, perSecond } from './rate.ts';

/** Since the interface exists, proc(5): /proc/net/dev. */
export interface DirectionCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  /** Dropped for want of room or because nobody wanted them. */
  readonly drops: number;
}

export interface InterfaceCounters {
  readonly received: DirectionCounters;
  readonly sent: DirectionCounters;
}

export type NetworkCounters = ReadonlyMap<string, InterfaceCounters>;

/** The counters of one direction with what they grew a second, where that is known. */
export interface Traffic extends DirectionCounters {
  readonly bytesPerSecond?: number;
  readonly packetsPerSecond?: number;
  readonly errorsPerSecond?: number;
  readonly dropsPerSecond?: number;
}

/** The text of /proc/net/dev by interface, in the kernel's order; undefined for anything else. */
export function parseNetworkCounters(text: string): NetworkCounters | undefined {
  if (!text.startsWith('Inter-|')) return undefined;
  const interfaces = new Map<string, InterfaceCounters>();
  for (const line of text.split('\n').slice(2)) {
    // An alias has a colon in its own name, so the last one counts.
    const found = /^ *(\S+): *((?:\d+ *){16})$/.exec(line);
    if (found === null) continue;
    const fields = (found[2] ?? '').trim().split(/ +/).map(Number);
    interfaces.set(found[1] ?? '', { received: direction(fields, 0), sent: direction(fields, 8) });
  }
  return interfaces;
}

function direction(fields: readonly number[], first: number): DirectionCounters {
  const [bytes = 0, packets = 0, errors = 0, drops = 0] = fields.slice(first);
  return { bytes, packets, errors, drops };
}

/** @param before absent for an interface that just appeared */
export function traffic(
  before: DirectionCounters | undefined,
  after: DirectionCounters,
  intervalMs: number,
): Traffic {
  const grown = (field: keyof DirectionCounters) => perSecond(before?.[field], after[field], intervalMs);
  return {
    ...after,
    ...known({
      bytesPerSecond: grown('bytes'),
      packetsPerSecond: grown('packets'),
      errorsPerSecond: grown('errors'),
      dropsPerSecond: grown('drops'),
    }),
  };
}
