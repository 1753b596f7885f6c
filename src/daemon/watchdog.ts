/**
 * Feeds systemd's watchdog only while the daemon really works: the event loop turns (this timer fires), the sampler
 * samples and the bookkeeping of calls goes on. Busy slots are no reason to starve it, or a caller could have the
 * daemon restarted.
 */

import type { Clock } from '../base/clock.ts';

export interface Pulse {
  readonly name: string;
  /** Grows while the part works. */
  beats(): number;
  /** How long it may stand still before the part counts as stopped; several times its own period. */
  readonly graceMs: number;
}

export interface Watchdog {
  /** The parts that had stopped when they were last looked at. */
  stopped(): readonly string[];
  close(): void;
}

export interface WatchdogNeeds {
  /** How often the dog is fed: half of WATCHDOG_USEC, as sd_watchdog_enabled(3) advises. */
  readonly intervalMs: number;
  readonly pulses: readonly Pulse[];
  readonly clock: Clock;
  feed(): void;
  /** Told once when parts stop. */
  onStopped(names: readonly string[]): void;
}

export function openWatchdog({ intervalMs, pulses, clock, feed, onStopped }: WatchdogNeeds): Watchdog {
  const seen = pulses.map((pulse) => ({ pulse, beats: pulse.beats(), atMs: clock.monotonicMs() }));
  let stopped: readonly string[] = [];

  const look = (): void => {
    const nowMs = clock.monotonicMs();
    for (const one of seen) {
      const beats = one.pulse.beats();
      if (beats !== one.beats) Object.assign(one, { beats, atMs: nowMs });
    }
    const still = seen
      .filter(({ pulse, atMs }) => nowMs - atMs > pulse.graceMs)
      .map(({ pulse }) => pulse.name);
    if (still.length === 0) feed();
    else if (stopped.length === 0) onStopped(still);
    stopped = still;
  };

  const timer = setInterval(look, intervalMs);
  timer.unref();
  return { stopped: () => stopped, close: () => clearInterval(timer) };
}
