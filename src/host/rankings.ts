/** The processes that used the most, as of the last pass through all of them. */

import type { Clock } from '../base/clock.ts';
import type { Crew } from './crew.ts';
import type { ProcessPass } from './process-passes.ts';

export interface Ranking {
  /** Milliseconds since the epoch. */
  readonly sampledAtMs: number;
  readonly pass: ProcessPass;
}

export interface Rankings {
  /** One pass; says after how many milliseconds the next one is due. Throws what the worker throws. */
  round(): Promise<number>;
  /** Undefined before the first pass is over. */
  status(): Ranking | undefined;
}

const rows = 3;
const deadlineMs = 10_000;
const everyMs = 15_000;

/** The use of CPU time needs two passes. The first interval is short, the second fine enough to be worth showing. */
const soonMs = 200;
const fineMs = 2_000;

export function openRankings(crew: Crew, clock: Clock): Rankings {
  let latest: Ranking | undefined;
  return {
    async round() {
      const pass = await crew.run('rankProcesses', [rows], { deadlineMs });
      latest = { sampledAtMs: clock.now(), pass };
      if (pass.intervalMs === undefined) return soonMs;
      return pass.intervalMs < fineMs ? fineMs : everyMs;
    },
    status: () => latest,
  };
}
