/** Whether the daemon is well, for monitors and load balancers: says nothing about the host and needs no token. */

import { type Clock, isoTime } from '../../base/clock.ts';

/** What the daemon knows of its own state. */
export interface Health {
  /** The parts that fail at this moment, by name; empty when all is well. */
  failing(): readonly string[];
  /** True between READY and the start of the drain. */
  ready(): boolean;
  readonly startedAtMs: number;
  readonly version: string;
  readonly clock: Clock;
}

/** A duration as people say it, e.g. `3d 4h 5m 6s`. */
export function sayDuration(seconds: number): string {
  const parts: string[] = [];
  let left = seconds;
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const) {
    if (left >= size || parts.length > 0) parts.push(`${Math.floor(left / size)}${unit}`);
    left %= size;
  }
  return [...parts, `${left}s`].join(' ');
}

export interface HealthAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function healthAnswer(health: Health): HealthAnswer {
  const failing = health.failing();
  const uptimeSeconds = Math.floor((health.clock.monotonicMs() - health.startedAtMs) / 1000);
  return {
    status: failing.length === 0 ? 200 : 503,
    body: {
      status: failing.length === 0 ? 'healthy' : 'unhealthy',
      ...(failing.length === 0 ? {} : { failing }),
      uptimeSeconds,
      uptime: sayDuration(uptimeSeconds),
      timestamp: isoTime(health.clock.now()),
      version: health.version,
    },
  };
}

export const readyAnswer = (health: Health): HealthAnswer =>
  health.ready() ? { status: 200, body: { ready: true } } : { status: 503, body: { ready: false } };
