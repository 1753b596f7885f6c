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

/** A time in milliseconds since the epoch as ISO 8601 in UTC, e.g. `2026-11-24T03:00:00.000Z`. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();
