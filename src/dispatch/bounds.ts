/** The bounds of a running call: a slot, a deadline and an AbortSignal, kept by one sweep for all calls. */

import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { openSlots } from './slots.ts';

type Work<R> = (signal: AbortSignal) => R | Promise<R>;

interface Running {
  readonly deadlineAt: number;
  readonly limitMs: number;
  stop(reason: Problem): void;
}

export interface Bounds {
  /**
   * Runs `work` when `key` has a slot, for at most `limitMs` (waiting included).
   * Throws `busy`, `deadline_exceeded`, `cancelled`, `draining`, or what `work` throws.
   * Work that ignores its signal is left behind: the caller has its answer, the slot stays taken till it ends.
   */
  run<R>(key: string, limitMs: number, outer: AbortSignal | undefined, work: Work<R>): Promise<R>;
  heartbeat(): number;
  running(): number;
  abortAll(): void;
  close(): void;
}

const sweepMs = 250;
const limits = { total: 64, perCaller: 16, waitingPerCaller: 256 } as const;

/** @param onSweep what else wants to be tidied now and then; called about once a minute */
export function openBounds(clock: Clock, onSweep: () => void): Bounds {
  const slots = openSlots(limits);
  const calls = new Set<Running>();
  let sweeps = 0;

  const timer = setInterval(() => {
    const now = clock.monotonicMs();
    for (const call of calls) {
      if (now >= call.deadlineAt) {
        call.stop(
          new Problem('deadline_exceeded', {
            detail: `The answer took longer than ${call.limitMs / 1000} s.`,
            hint: 'Ask for less at once.',
          }),
        );
      }
    }
    sweeps += 1;
    if (sweeps % 240 === 0) onSweep();
  }, sweepMs);
  timer.unref();

  const bounded = async <R>(
    key: string,
    limitMs: number,
    outer: AbortSignal | undefined,
    work: Work<R>,
  ): Promise<R> => {
    const controller = new AbortController();
    const { signal } = controller;
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    stopped.catch(() => {});
    const call: Running = {
      deadlineAt: clock.monotonicMs() + limitMs,
      limitMs,
      stop: (reason) => controller.abort(reason),
    };
    const onOuter = () => call.stop(new Problem('cancelled'));
    outer?.addEventListener('abort', onOuter, { once: true });
    if (outer?.aborted) onOuter();
    calls.add(call);
    try {
      signal.throwIfAborted();
      await slots.take(key, signal);
      const result = (async () => {
        try {
          return await work(signal);
        } finally {
          slots.give(key);
        }
      })();
      result.catch(() => {});
      return await Promise.race([result, stopped]);
    } finally {
      calls.delete(call);
      outer?.removeEventListener('abort', onOuter);
    }
  };

  return {
    run: bounded,
    heartbeat: () => sweeps,
    running: () => calls.size,
    abortAll() {
      for (const call of calls) call.stop(new Problem('draining'));
    },
    close: () => clearInterval(timer),
  };
}
