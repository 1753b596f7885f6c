/**
 * Searches through folders, each in a thread that it has for itself: nobody else waits for one, and to call one off is to
 * end its thread. How many run at once is bounded; one that the kernel does not let go counts until it does.
 */

import { closeSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { Problem } from '../../base/errors.ts';
import { nothingHeld } from '../../base/file-reader.ts';
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

/** What a thread is started with. */
export interface SearchThread {
  readonly machine: MachineRoot;
  /** In memory that it shares with us: the descriptor of the file that it reads now. */
  readonly held: Int32Array;
}

/** To the thread. */
export interface SearchOrder {
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
/** A search is seldom the only one, and a thread takes longer to start than many a search. */
const keptMs = 30_000;
const memoryMegabytes = { old: 128, young: 16 };

export function openSearches(machine: MachineRoot): Searches {
  const turns = openTurns(mostAtOnce);
  const threads = openThreads(machine);
  const running = new Set<() => void>();

  const start = (order: SearchOrder, { signal, progress }: SearchContext) =>
    new Promise<AnyAnswer>((resolve, reject) => {
      const thread = threads.take();
      const settle = (): void => {
        thread.off('message', hear).off('error', breakOff).off('exit', breakOff);
        signal.removeEventListener('abort', callOff);
        running.delete(stop);
      };
      const fail = (reason: unknown): void => {
        settle();
        threads.end(thread, turns.give);
        reject(reason);
      };
      const callOff = (): void => fail(signal.reason);
      const stop = (): void => fail(new Problem('unavailable', { detail: 'The daemon is stopping.' }));
      const breakOff = (cause: unknown): void => fail(endedEarly(cause));
      const hear = (message: SearchMessage): void => {
        if ('progress' in message) {
          progress(message.progress);
          return;
        }
        settle();
        threads.keep(thread);
        turns.give();
        try {
          resolve(resultOf(message.outcome));
        } catch (refusal) {
          reject(refusal);
        }
      };
      running.add(stop);
      signal.addEventListener('abort', callOff, { once: true });
      thread.on('message', hear).on('error', breakOff).on('exit', breakOff);
      // After the listeners: to listen to a thread's messages keeps the process alive again.
      thread.unref();
      thread.postMessage(order);
    });

  return {
    async run<K extends Kind>(kind: K, wish: Kinds[K]['wish'], rules: FileRules, context: SearchContext) {
      await turns.take(context.signal);
      return (await start({ rules, wish: { kind, ...wish } as AnyWish }, context)) as Kinds[K]['answer'];
    },
    stuck: threads.ending,
    close() {
      for (const stop of running) stop();
      threads.close();
    },
  };
}

const endedEarly = (cause: unknown): Problem =>
  new Problem('unavailable', { detail: 'The search ended early.', hint: 'Ask for a smaller part.', cause });

/** Threads that search: one that has done its work waits a while for the next. */
function openThreads(machine: MachineRoot) {
  const ending = new Set<Worker>();
  let kept: Worker | undefined;
  let letGo: NodeJS.Timeout | undefined;

  const begin = (): Worker => {
    const held = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(nothingHeld);
    const thread = startWorker({
      file: 'search-worker',
      beside: import.meta.url,
      name: 'systemmanager-search',
      data: { machine, held } satisfies SearchThread,
      memoryMegabytes,
    });
    thread.once('exit', () => {
      const [left = nothingHeld] = held;
      if (left !== nothingHeld) closeSync(left);
      if (kept === thread) kept = undefined;
    });
    // Whoever waits for its answer hears of it; nobody else does.
    return thread.on('error', () => {});
  };

  const take = (): Worker => {
    const thread = kept ?? begin();
    clearTimeout(letGo);
    kept = undefined;
    return thread;
  };

  const end = (thread: Worker, then: () => void): void => {
    ending.add(thread);
    void thread.terminate().then(() => {
      ending.delete(thread);
      then();
    });
  };

  const close = (): void => {
    if (kept !== undefined) end(take(), () => {});
  };

  return {
    take,
    end,
    keep(thread: Worker): void {
      close();
      kept = thread;
      letGo = setTimeout(close, keptMs).unref();
    },
    /** Those that the kernel has not let go. */
    ending: () => ending.size,
    close,
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
