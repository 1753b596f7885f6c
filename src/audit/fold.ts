/**
 * Folds floods of refusals: from one source only so many a minute are written one by one, the rest as one number. It
 * writes nothing itself.
 */

import { type Clock, isoTime } from '../base/clock.ts';
import type { AuditRecord } from './record.ts';

export interface Folder {
  /** Whether this refusal is to be written by itself; otherwise it was counted. */
  admits(refusal: AuditRecord): boolean;
  /** What was counted in minutes that have ended, or with `all` in those that go on too. */
  take(all?: boolean): readonly AuditRecord[];
}

interface Minute {
  readonly source: string;
  readonly door: string;
  readonly startedMs: number;
  readonly codes: Record<string, number>;
  written: number;
  count: number;
  since: string;
  until: string;
}

const mostWritten = 20;
const minuteMs = 60_000;
/** Beyond so many sources in a minute the others are counted together: many addresses must not fill the disk either. */
const mostSources = 250;
const others = 'others';

export function openFolder(clock: Clock): Folder {
  /** In the order of their start. */
  const minutes = new Map<string, Minute>();
  const ended: AuditRecord[] = [];

  const end = (key: string, minute: Minute): void => {
    minutes.delete(key);
    if (minute.count === 0) return;
    const { source, door, count, codes, since, until } = minute;
    ended.push({ time: isoTime(clock.now()), outcome: 'folded', door, source, count, codes, since, until });
  };

  const endOld = (now: number): void => {
    for (const [key, minute] of minutes) {
      if (now - minute.startedMs < minuteMs) return;
      end(key, minute);
    }
  };

  const minuteOf = (door: string, source: string, startedMs: number): Minute => {
    const own = `${door} ${source}`;
    const known = minutes.get(own);
    if (known !== undefined) return known;
    const crowded = minutes.size >= mostSources;
    const shared = crowded ? minutes.get(others) : undefined;
    if (shared !== undefined) return shared;
    const name = crowded ? { source: others, door: others } : { source, door };
    const minute = { ...name, startedMs, codes: {}, written: 0, count: 0, since: '', until: '' };
    minutes.set(crowded ? others : own, minute);
    return minute;
  };

  return {
    admits({ door = '', source = '', code = '', time }) {
      const now = clock.monotonicMs();
      endOld(now);
      const minute = minuteOf(door, source, now);
      if (minute.written < mostWritten) {
        minute.written += 1;
        return true;
      }
      if (minute.count === 0) minute.since = time;
      minute.until = time;
      minute.count += 1;
      minute.codes[code] = (minute.codes[code] ?? 0) + 1;
      return false;
    },
    take(all = false) {
      endOld(clock.monotonicMs());
      if (all) for (const [key, minute] of minutes) end(key, minute);
      return ended.length === 0 ? ended : ended.splice(0);
    },
  };
}
