/** How often a caller may call: one token bucket a caller, refilled evenly over the minute. */

import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';

interface Bucket {
  left: number;
  at: number;
}

export interface RateLimiter {
  /** Takes one call of `key`, or throws `rate_limited` with the whole seconds after which one is free again. */
  take(key: string): void;
  /** Forgets the buckets that have filled up again. */
  sweep(): void;
}

/** @param perMinute how many calls a caller has at once and a minute; asked at every call, so a reload applies. */
export function openRateLimiter(clock: Clock, perMinute: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>();

  const refilled = (bucket: Bucket, capacity: number, now: number): number =>
    Math.min(capacity, bucket.left + ((now - bucket.at) / 60_000) * capacity);

  return {
    take(key) {
      const capacity = perMinute();
      const now = clock.monotonicMs();
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { left: capacity, at: now };
        buckets.set(key, bucket);
      }
      bucket.left = refilled(bucket, capacity, now);
      bucket.at = now;
      if (bucket.left >= 1) {
        bucket.left -= 1;
        return;
      }
      const seconds = Math.max(1, Math.ceil(((1 - bucket.left) / capacity) * 60));
      throw new Problem('rate_limited', {
        detail: `This caller has used its ${capacity} calls a minute.`,
        hint: `Wait ${seconds} s, or ask the operator to raise security.rate_limit.`,
        retryAfterSeconds: seconds,
      });
    },
    sweep() {
      const capacity = perMinute();
      const now = clock.monotonicMs();
      for (const [key, bucket] of buckets) {
        if (refilled(bucket, capacity, now) >= capacity) buckets.delete(key);
      }
    },
  };
}
