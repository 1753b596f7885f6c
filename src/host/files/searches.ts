/**
 * Searches through folders, each in a thread of its own that ends with it: nobody else waits for one, and to call one
 * off is to end its thread. How many run at once is bounded; one that the kernel does not let go counts until it does.
 */

import { Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { startWorker } from '../../base/worker.ts';
import type { Usage, UsageWish } from './disk-usage.ts';
import type { NamesFound, NameWish } from './name-search.ts';
import { type Outcome, resultOf } from './outcome.ts';
import type { FileRules } from './rules.ts';
import type { SearchProgress } from './search.ts';
import type { TextFound, TextWish } from './text-search.ts';

/** Each kind of search with what it is asked and what it answers. */
export interface Kinds {
  readonly names: { readonly wish: NameWish; readonly answer: NamesFound };
  readonly text: { readonly wish: TextWish; readonly answer: TextFound };
  readonly usage: { readonly wish: UsageWish; readonly answer: Usage };
}
export type Kind = keyof Kinds;

export type AnyWish = { [K in Kind]: { readonly kind: K } & Kinds[K]['wish'] }[Kind];
type AnyAnswer = Kinds[Kind]['answer'];

/** To the thread. */
export interface SearchOrder {
  readonly machine: MachineRoot;
  readonly rules: FileRules;
  readonly wish: AnyWish;
}

/** From the thread: how far it is, and once at the end what came of it. */
export type SearchMessage = { readonly progress: SearchProgress } | { readonly outcome: Outcome<AnyAnswer> };

export interface SearchContext {
  /** Its abortion ends the search at once. */
  readonly signal: AbortSignal;
  readonly progress: (progress: SearchProgress) => void;
}

export interface Searches {
  /** Throws what the search throws, the signal's reason, and `unavailable` where its thread ended early. */
  run<K extends Kind>(
    kind: K,
    wish: Kinds[K]['wish'],
    rules: FileRules,
    context: SearchContext,
  ): Promise<Kinds[K]['answer']>;
  /** Threads that were ended and have not come back from the kernel. */
  stuck(): number;
  close(): void;
}

/** A thread each takes some 15 MB, and more of them at once are no faster. */
const mostAtOnce = 4;
const memoryMegabytes = { old: 128, young: 16 };

export function openSearches(machine: MachineRoot): Searches {
  const turns = openTurns(mostAtOnce);
  const ending = new Set<object>();
  const running = new Set<() => void>();

  const start = (wish: AnyWish, rules: FileRules, { signal, progress }: SearchContext) =>
    new Promise<AnyAnswer>((resolve, reject) => {
      const worker = startWorker({
        file: 'search-worker',
        beside: import.meta.url,
        name: 'systemmanager-search',
        data: { machine, rules, wish } satisfies SearchOrder,
        memoryMegabytes,
      });
      const end = (): void => {
        ending.add(worker);
        worker.terminate().catch(() => {});
      };
      const callOff = (): void => {
        reject(signal.reason);
        end();
      };
      const stop = (): void => {
        reject(new Problem('unavailable', { detail: 'The daemon is stopping.' }));
        end();
      };
      running.add(stop);
      signal.addEventListener('abort', callOff, { once: true });
      worker.on('message', (message: SearchMessage) => {
        if ('progress' in message) {
          progress(message.progress);
          return;
        }
        try {
          resolve(resultOf(message.outcome));
        } catch (refusal) {
          reject(refusal);
        }
        end();
      });
      worker.on('error', (cause) =>
        reject(
          new Problem('unavailable', {
            detail: 'The search ended early.',
            hint: 'Ask for a smaller part.',
            cause,
          }),
        ),
      );
      worker.on('exit', () => {
        signal.removeEventListener('abort', callOff);
        running.delete(stop);
        ending.delete(worker);
        turns.give();
        // Without effect where there was an answer.
        reject(new Problem('unavailable', { detail: 'The search ended early.' }));
      });
      worker.unref();
    });

  return {
    async run<K extends Kind>(kind: K, wish: Kinds[K]['wish'], rules: FileRules, context: SearchContext) {
      await turns.take(context.signal);
      return (await start({ kind, ...wish } as AnyWish, rules, context)) as Kinds[K]['answer'];
    },
    stuck: () => ending.size,
    close() {
      for (const stop of running) stop();
    },
  };
}

/** So many at once; the rest wait in turn, for as long as their callers do. */
function openTurns(most: number) {
  let taken = 0;
  const waiting = new Set<() => void>();
  return {
    take(signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      if (taken < most) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(go);
          reject(signal.reason);
        };
        const go = (): void => {
          waiting.delete(go);
          signal.removeEventListener('abort', leave);
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.add(go);
      });
    },
    give(): void {
      const [next] = waiting;
      if (next === undefined) taken -= 1;
      else next();
    },
  };
}
