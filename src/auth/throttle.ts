/** Slows down whoever tries tokens: counts refused ones by source, a minute at a time, in bounded memory. */

import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';

const perMinute = 20;
const minuteMs = 60_000;
const mostSources = 10_000;

export interface Throttle {
  /** The problem to answer with: the given one, or `auth_throttled` once this source had its tries of the minute. */
  refused(source: string, problem: Problem): Problem;
}

export function openThrottle(clock: Clock): Throttle {
  const tries = new Map<string, { count: number; since: number }>();
  return {
    refused(source, problem) {
      const now = clock.monotonicMs();
      let tried = tries.get(source);
      if (tried === undefined || now - tried.since >= minuteMs) {
        tried = { count: 0, since: now };
        tries.delete(source);
        tries.set(source, tried);
        const oldest = tries.size > mostSources ? tries.keys().next().value : undefined;
        if (oldest !== undefined) tries.delete(oldest);
      }
      tried.count += 1;
      if (tried.count <= perMinute) return problem;
      const seconds = Math.max(1, Math.ceil((tried.since + minuteMs - now) / 1000));
      return new Problem('auth_throttled', {
        hint: `Wait ${seconds} s. A valid token is still accepted.`,
        retryAfterSeconds: seconds,
      });
    },
  };
}
