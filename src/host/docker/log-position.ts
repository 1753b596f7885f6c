/** Where a line stands in the log of its container: its time to the nanosecond, and which of those at that time. */

import { Problem } from '../../base/errors.ts';

export interface LogPosition {
  /** Seconds since the epoch with nine decimals, as the engine takes it. */
  readonly time: string;
  /** How many lines of the same time stand before it. */
  readonly nth: number;
}

const stampShape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const cursorShape = /^(\d{1,12}\.\d{9})-(\d{1,6})$/;

/** Undefined for what is no time as the engine writes it. */
export function timeOfStamp(stamp: string): string | undefined {
  const [, clock = '', fraction = '', zone = ''] = stampShape.exec(stamp) ?? [];
  const ms = Date.parse(`${clock}${zone}`);
  return ms >= 0 ? `${ms / 1000}.${fraction.padEnd(9, '0')}` : undefined;
}

export const timeOfMs = (ms: number): string =>
  `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}000000`;

/** ISO 8601 UTC with milliseconds. */
export function isoOfTime(time: string): string {
  const [seconds = '0', nanoseconds = '0'] = time.split('.');
  return new Date(Number(seconds) * 1000 + Math.floor(Number(nanoseconds) / 1e6)).toISOString();
}

export const cursorOf = ({ time, nth }: LogPosition): string => `${time}-${nth}`;

/** Throws `arguments_invalid`. */
export function positionOf(cursor: string): LogPosition {
  const [, time, nth] = cursorShape.exec(cursor) ?? [];
  if (time !== undefined) return { time, nth: Number(nth) };
  throw new Problem('arguments_invalid', {
    detail: 'The `cursor` is none of this tool.',
    hint: 'Give the one of the answer before, or leave it out.',
  });
}

/** Counts the lines of the same time, fed one after the other. */
export function openPositions(): (time: string) => LogPosition {
  let last: LogPosition | undefined;
  return (time) => {
    last = { time, nth: last?.time === time ? last.nth + 1 : 0 };
    return last;
  };
}
