/**
 * How fast each file system fills: one figure an hour for a week, kept in a small file of the state folder, and a
 * straight line through them.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { errnoOf } from '../base/errors.ts';
import type { Mount } from './mount-table.ts';
import type { MountStatus } from './mounts.ts';
import { tenth } from './rate.ts';
import type { Reading } from './reading.ts';
import type { Space } from './space.ts';

export interface Trend {
  /** Growth of what is in use, bytes a day; negative where it shrinks. */
  readonly bytesPerDay: number;
  /** Hours between the first and the last figure that it was made of. */
  readonly windowHours: number;
  /** Days until nothing is available at that pace; absent where that is not within ten years. */
  readonly daysUntilFull?: number;
}

export interface FillTrend {
  /** Takes the figures of this hour, once the mounts were asked. Throws nothing. */
  note(mounts: readonly MountStatus[]): void;
  of(mount: Mount, space: Space): Reading<Trend>;
  close(): void;
}

export interface FillTrendOptions {
  /** Where the history is; absent where none is kept. */
  readonly folder: string | undefined;
  /** Whether this process writes it. */
  readonly record: boolean;
  readonly clock: Clock;
  readonly onTrouble: (message: string, facts?: unknown) => void;
}

/** Hours since the epoch, bytes in use. */
type Point = readonly [hour: number, usedBytes: number];

const hourMs = 3_600_000;
const keptHours = 7 * 24;
const mostMounts = 64;

/** Less says nothing about a day. */
const leastHours = 24;
const leastPoints = 12;
const mostDays = 3650;

export const notYet: Reading<never> = {
  reason: 'a trend takes a day of records; the daemon keeps a figure an hour',
};
const notKept: Reading<never> = { reason: 'it is switched off by history.enabled' };

export function openFillTrend({ folder, record, clock, onTrouble }: FillTrendOptions): FillTrend {
  const file = folder === undefined ? undefined : join(folder, 'space.json');
  let points = file === undefined ? new Map<string, Point[]>() : load(file, onTrouble);
  let savedHour = hourOf(clock);
  let works = true;

  const save = (): void => {
    if (file === undefined || !record) return;
    try {
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, mounts: Object.fromEntries(points) }), {
        mode: 0o640,
      });
      renameSync(`${file}.new`, file);
      works = true;
    } catch (cause) {
      if (works && !isElsewhere(cause))
        onTrouble('how file systems fill cannot be written down', { file, cause });
      works = false;
    }
  };

  return {
    note(mounts) {
      if (!record) return;
      const hour = hourOf(clock);
      const next = new Map<string, Point[]>();
      for (const { mount, space } of mounts.slice(0, mostMounts)) {
        // Of one that does not answer now, what is known is kept.
        const before = (points.get(keyOf(mount)) ?? []).filter(
          ([at]) => at <= hour && at > hour - keptHours && (at < hour || space === undefined),
        );
        next.set(keyOf(mount), space === undefined ? before : [...before, [hour, space.usedBytes]]);
      }
      points = next;
      if (hour === savedHour) return;
      savedHour = hour;
      save();
    },
    of(mount, space) {
      if (file === undefined) return notKept;
      return trendOf(points.get(keyOf(mount)) ?? [], space.availableBytes);
    },
    close: save,
  };
}

const hourOf = (clock: Clock): number => Math.floor(clock.now() / hourMs);

/** What is mounted there later may be another file system. */
const keyOf = (mount: Mount): string => `${mount.device} ${mount.mountPoint}`;

/** The line of least squares. */
export function trendOf(points: readonly Point[], availableBytes: number): Reading<Trend> {
  const first = points[0]?.[0] ?? 0;
  const windowHours = (points.at(-1)?.[0] ?? 0) - first;
  if (points.length < leastPoints || windowHours < leastHours) return notYet;
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const meanHour = mean(points.map(([hour]) => hour - first));
  const meanUsed = mean(points.map(([, used]) => used));
  let covariance = 0;
  let variance = 0;
  for (const [hour, used] of points) {
    const away = hour - first - meanHour;
    covariance += away * (used - meanUsed);
    variance += away * away;
  }
  const bytesPerDay = Math.round((covariance / variance) * 24);
  const days = availableBytes / bytesPerDay;
  return {
    value: {
      bytesPerDay,
      windowHours,
      ...(bytesPerDay > 0 && days <= mostDays ? { daysUntilFull: tenth(days) } : {}),
    },
  };
}

/** There is no file, or no folder for it: the recorder says that of the folder, once for all. */
const isElsewhere = (cause: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(cause) ?? '');

/** What is no such file is no reason not to start: it is written anew. */
function load(file: string, onTrouble: FillTrendOptions['onTrouble']): Map<string, Point[]> {
  try {
    const { version, mounts } = JSON.parse(readFileSync(file, 'utf8'));
    if (version !== 1) throw new Error('of another version');
    return new Map(Object.entries<unknown>(mounts).map(([key, points]) => [key, pointsOf(points)]));
  } catch (cause) {
    if (!isElsewhere(cause)) onTrouble('what was known of how file systems fill is lost', { file, cause });
    return new Map();
  }
}

const isPoint = (value: unknown): value is Point =>
  Array.isArray(value) && value.length === 2 && value.every((one) => Number.isSafeInteger(one) && one >= 0);

const pointsOf = (value: unknown): Point[] => (Array.isArray(value) ? value.filter(isPoint) : []);
