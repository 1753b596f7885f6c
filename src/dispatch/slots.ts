/** How many calls run at once: a bounded number in all and for each caller, the rest wait in turn. */

import { Problem } from '../base/errors.ts';

export interface SlotLimits {
  /** Calls that run at once. */
  readonly total: number;
  /** Of those, at most so many of one caller. */
  readonly perCaller: number;
  /** Calls of one caller that may wait; one more is refused as `busy`. */
  readonly waitingPerCaller: number;
}

interface Waiting {
  readonly key: string;
  start(): void;
}

export interface Slots {
  /** Takes a slot for `key` at once if there is one. */
  tryTake(key: string): boolean;
  /** Waits for a slot; throws `busy` when too many wait, or the signal's reason when it aborts first. */
  take(key: string, signal: AbortSignal): Promise<void>;
  /** Gives a slot back and lets the next waiting call start. */
  give(key: string): void;
}

export function openSlots(limits: SlotLimits): Slots {
  let taken = 0;
  const takenBy = new Map<string, number>();
  const waiting: Waiting[] = [];

  const tryTake = (key: string): boolean => {
    const own = takenBy.get(key) ?? 0;
    if (taken >= limits.total || own >= limits.perCaller) return false;
    taken += 1;
    takenBy.set(key, own + 1);
    return true;
  };

  /** First come, first served, but a caller at its own limit is stepped over: it starves nobody else. */
  const startNext = (): void => {
    const next = waiting.findIndex((call) => (takenBy.get(call.key) ?? 0) < limits.perCaller);
    const call = waiting[next];
    if (call === undefined || !tryTake(call.key)) return;
    waiting.splice(next, 1);
    call.start();
  };

  return {
    tryTake,
    take(key, signal) {
      if (tryTake(key)) return Promise.resolve();
      if (waiting.filter((call) => call.key === key).length >= limits.waitingPerCaller) {
        return Promise.reject(
          new Problem('busy', {
            detail: `This caller has ${limits.waitingPerCaller} calls waiting already.`,
            hint: 'Let some of them be answered first.',
          }),
        );
      }
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(call), 1);
          reject(signal.reason);
        };
        const call: Waiting = {
          key,
          start() {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        waiting.push(call);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    give(key) {
      taken -= 1;
      const own = (takenBy.get(key) ?? 1) - 1;
      if (own === 0) takenBy.delete(key);
      else takenBy.set(key, own);
      startNext();
    },
  };
}
