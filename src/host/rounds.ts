/** Work that is done again and again, never twice at once, and whose failures don't end it. */

import type { Problem } from '../base/errors.ts';
import { asProblem } from '../base/errors.ts';

export interface Rounds {
  /** Resolves when the first round is over, however it ended. */
  readonly first: Promise<void>;
  close(): void;
}

/**
 * @param work one round; says after how many milliseconds the next one begins
 * @param retryMs after a round that failed
 * @param onTrouble told of the first failure in a row
 */
export function openRounds(
  work: () => Promise<number>,
  retryMs: number,
  onTrouble: (problem: Problem) => void,
): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let failing = false;
  const round = async (): Promise<void> => {
    let nextMs = retryMs;
    try {
      nextMs = await work();
      failing = false;
    } catch (thrown) {
      if (!failing && !closed) onTrouble(asProblem(thrown));
      failing = true;
    }
    if (closed) return;
    timer = setTimeout(round, nextMs);
    timer.unref();
  };
  return {
    first: round(),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
