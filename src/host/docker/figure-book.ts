/** The figures of containers over time: what was counted before is kept, so that each reading has its rates. */

import type { Clock } from '../../base/clock.ts';
import { known, perSecond, tenth } from '../rate.ts';
import type { FigureReading } from './figures.ts';
import type { FigureCounters } from './gauge.ts';

export interface Figures extends FigureCounters {
  /** Over which the rates were measured; absent, as they are, at the first reading. */
  readonly intervalMs?: number;
  /** Of one core, percent; more than 100 on several. */
  readonly cpuPercent?: number;
  /** Share of the enforcement periods in which the quota was used up, percent. */
  readonly throttledPercent?: number;
  readonly readBytesPerSecond?: number;
  readonly writtenBytesPerSecond?: number;
  readonly receivedBytesPerSecond?: number;
  readonly sentBytesPerSecond?: number;
}

export interface FigureBook {
  /** Takes a reading down and says it with its rates. */
  take(reading: FigureReading): ReadonlyMap<string, Figures>;
  /** What was said last of a container. */
  recent(id: string): Figures | undefined;
}

interface Kept {
  readonly atMs: number;
  readonly counters: FigureCounters;
}

/** Counters of the scheduler move in steps of some milliseconds. */
const fineMs = 1_000;
const leastMs = 100;

export function openFigureBook(clock: Clock): FigureBook {
  /** Of each container the newest reading that is kept, and the one before. */
  const kept = new Map<string, readonly Kept[]>();
  const recent = new Map<string, Figures>();
  return {
    take(reading) {
      const atMs = clock.monotonicMs();
      const figures = new Map<string, Figures>();
      for (const [id, counters] of reading) {
        const older = kept.get(id) ?? [];
        const base = older.find((one) => atMs - one.atMs >= fineMs) ?? older.at(-1);
        const said = withRates(base, { atMs, counters });
        figures.set(id, said);
        recent.set(id, said);
        const [newest] = older;
        if (newest === undefined || atMs - newest.atMs >= fineMs) {
          kept.set(id, newest === undefined ? [{ atMs, counters }] : [{ atMs, counters }, newest]);
        }
      }
      for (const [id, [newest]] of kept) {
        if (!reading.has(id) && newest !== undefined && atMs - newest.atMs > 60_000) {
          kept.delete(id);
          recent.delete(id);
        }
      }
      return figures;
    },
    recent: (id) => recent.get(id),
  };
}

/** A counter that went back belongs to a container that was started anew. */
export function withRates(before: Kept | undefined, { atMs, counters }: Kept): Figures {
  const intervalMs = before === undefined ? 0 : Math.round(atMs - before.atMs);
  if (before === undefined || intervalMs < leastMs) return counters;
  const grown = (name: keyof FigureCounters) => perSecond(before.counters[name], counters[name], intervalMs);
  const microseconds = grown('cpuUs');
  const periods = grown('periods');
  const throttled = grown('throttledPeriods');
  return {
    ...counters,
    ...known({
      intervalMs: microseconds === undefined ? undefined : intervalMs,
      cpuPercent: microseconds === undefined ? undefined : tenth(microseconds / 10_000),
      throttledPercent:
        periods === undefined || throttled === undefined || periods === 0
          ? undefined
          : Math.min(100, tenth((throttled / periods) * 100)),
      readBytesPerSecond: grown('readBytes'),
      writtenBytesPerSecond: grown('writtenBytes'),
      receivedBytesPerSecond: grown('receivedBytes'),
      sentBytesPerSecond: grown('sentBytes'),
    }),
  };
}
