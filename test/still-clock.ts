/** A clock that a test moves by hand. */

import type { Clock } from '../src/base/clock.ts';

export interface StillClock extends Clock {
  forward(ms: number): void;
}

/** @param startMs wall-clock time to begin with; 2026-01-02T03:04:05Z where nothing else is said */
export function stillClock(startMs = Date.UTC(2026, 0, 2, 3, 4, 5)): StillClock {
  let passed = 0;
  return {
    now: () => startMs + passed,
    monotonicMs: () => 1000 + passed,
    forward(ms) {
      passed += ms;
    },
  };
}
