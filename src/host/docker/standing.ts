/** Whether a container that was started stays up. */

import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { ContainerFacts } from './container-facts.ts';
import { exitMeaning } from './exit-meaning.ts';

export interface StandingNeeds {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Asks the engine now. */
  readonly recheck: () => Promise<ContainerFacts | undefined>;
  /** How often its restart policy had started it before. */
  readonly restarts: number;
  /** For all of it. */
  readonly timeoutMs: number;
}

const everyMs = 250;
/** Whatever has no health check counts as up when it has run so long without an end. */
const settleMs = 10_000;

/** Undefined when it is healthy or, without a health check, has run for some time; else why not, in words. */
export async function whyNotUp({
  clock,
  recheck,
  restarts,
  timeoutMs,
}: StandingNeeds): Promise<string | undefined> {
  const since = clock.monotonicMs();
  for (;;) {
    const now = await recheck();
    const fault = faultOf(now, restarts);
    if (fault !== undefined) return fault;
    if (now?.health === 'healthy') return undefined;
    const ms = clock.monotonicMs() - since;
    if (now?.health === undefined && ms >= Math.min(settleMs, timeoutMs)) return undefined;
    if (ms >= timeoutMs)
      return `its health check did not succeed within ${timeoutMs / 1000} s; \`timeoutSeconds\` gives it longer`;
    await setTimeout(everyMs);
  }
}

function faultOf(now: ContainerFacts | undefined, restarts: number): string | undefined {
  if (now === undefined) return 'it is gone';
  if (now.health === 'unhealthy') return 'its health check failed';
  if (now.restarts > restarts || now.state === 'restarting')
    return 'it ended and was started again by its restart policy';
  if (now.state === 'running') return undefined;
  const { exitCode, oomKilled } = now;
  const meaning = exitCode === undefined ? undefined : exitMeaning(exitCode, oomKilled);
  return exitCode === undefined
    ? `it is ${now.state}`
    : `it ended with ${exitCode}${meaning === undefined ? '' : ` (${meaning})`}`;
}
