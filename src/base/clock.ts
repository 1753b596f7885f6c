/** The one place that knows the time, so that a test can hold it still. */

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds on a clock that only goes forward (CLOCK_MONOTONIC); for durations and rates. */
  monotonicMs(): number;
}

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
});

let second = Number.NaN;
let upToSecond = '';

/**
 * A time in milliseconds since the epoch as ISO 8601 in UTC, e.g. `2026-11-24T03:00:00.000Z`. Most that is asked for is of
 * the second that was asked for last, and its words are kept.
 */
export function isoTime(epochMs: number): string {
  const whole = Math.floor(epochMs / 1000);
  if (whole !== second) {
    upToSecond = new Date(whole * 1000).toISOString().slice(0, -4);
    second = whole;
  }
  return `${upToSecond}${String(Math.floor(epochMs - whole * 1000)).padStart(3, '0')}Z`;
}
