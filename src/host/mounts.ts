/**
 * How full each file system is, as last heard. One that doesn't answer is shown as hung and left alone until it
 * answers or is mounted anew; it delays no other.
 */

import type { Clock } from '../base/clock.ts';
import { asProblem } from '../base/errors.ts';
import type { Crew } from './crew.ts';
import type { Mount } from './mount-table.ts';
import { has } from './reading.ts';
import type { Space } from './space.ts';

/** `hung`: it was asked and has not answered. `unavailable`: it can't be asked, or has not been yet. */
export type MountState = 'ok' | 'hung' | 'unavailable';

export interface MountStatus {
  readonly mount: Mount;
  readonly state: MountState;
  readonly space?: Space;
  /** Why it is unavailable. */
  readonly reason?: string;
  /** Milliseconds since the epoch at which it was asked for the last time. */
  readonly askedAtMs: number;
}

export interface Mounts {
  /** Asks each once, but for hung ones. Throws what the worker throws when there is no table of mounts. */
  round(): Promise<void>;
  /** In the order of the table; undefined before the table was read. */
  status(): readonly MountStatus[] | undefined;
}

const tableDeadlineMs = 5_000;

/** A disk that has to spin up may take longer: it is late then, and asked again in the next round. */
const spaceDeadlineMs = 1_000;

/** The last worker that can still get stuck is left to the other jobs. */
const leastSpare = 2;

type Outcome = Pick<MountStatus, 'state' | 'space' | 'reason'>;

export function openMounts(crew: Crew, clock: Clock): Mounts {
  let latest: ReadonlyMap<number, MountStatus> | undefined;
  /** The same list for all who ask before something changes. */
  let shown: readonly MountStatus[] | undefined;
  const hung = new Set<number>();

  const ask = async (mount: Mount): Promise<Outcome> => {
    if (crew.spare() < leastSpare) {
      return { state: 'unavailable', reason: 'not asked: too many other file systems are hung' };
    }
    try {
      const space = await crew.run('readSpace', [mount], {
        deadlineMs: spaceDeadlineMs,
        onLate: () => hung.delete(mount.id),
      });
      return has(space) ? { state: 'ok', space: space.value } : { state: 'unavailable', ...space };
    } catch (thrown) {
      const { code, cause, detail } = asProblem(thrown);
      if (code !== 'deadline_exceeded')
        return { state: 'unavailable', reason: typeof cause === 'string' ? cause : detail };
      hung.add(mount.id);
      return { state: 'hung' };
    }
  };

  return {
    async round() {
      const table = await crew.run('readMountTable', [], { deadlineMs: tableDeadlineMs });
      const rows = new Map<number, MountStatus>();
      for (const mount of table) {
        const unasked = { state: 'unavailable', reason: 'not asked yet', askedAtMs: clock.now() } as const;
        rows.set(mount.id, { ...(latest?.get(mount.id) ?? unasked), mount });
      }
      for (const id of hung) if (!rows.has(id)) hung.delete(id);
      // Each answer shows at once: none waits for a slower one.
      latest = rows;
      shown = undefined;
      for (const mount of table) {
        if (hung.has(mount.id)) continue;
        const askedAtMs = clock.now();
        rows.set(mount.id, { mount, ...(await ask(mount)), askedAtMs });
        shown = undefined;
      }
    },
    status() {
      shown ??= latest && [...latest.values()];
      return shown;
    },
  };
}
