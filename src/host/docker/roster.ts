/**
 * The containers as they are now, kept current from the engine's events and compared with its list every some seconds,
 * so that nobody who asks for them waits for the engine. Without an engine it looks for one again and again.
 */

import type { Readable } from 'node:stream';
import { asProblem, Problem } from '../../base/errors.ts';
import { type ContainerFacts, containerFacts } from './container-facts.ts';
import { found } from './container-search.ts';
import type { Engine } from './engine.ts';
import { ended, subjectOf } from './events.ts';
import { textAt } from './fields.ts';

export interface Roster {
  /** Throws what keeps the engine from answering. */
  list(): Promise<readonly ContainerFacts[]>;
  /**
   * By name, id or the beginning of an id, among those that are there for whoever asks. Throws `not_found` with what may
   * have been meant, and what `list` throws.
   */
  find(name: string, isThere: (one: ContainerFacts) => boolean): Promise<ContainerFacts>;
  /** Asks the engine about one container now; undefined when it is gone. */
  recheck(id: string): Promise<ContainerFacts | undefined>;
  /** As they were last known, without waiting; none before the engine has answered once. */
  remembered(): readonly ContainerFacts[];
  /** What keeps the engine from answering at this moment, as far as it is known. */
  trouble(): Problem | undefined;
  close(): void;
}

export interface RosterOptions {
  readonly engine: Engine;
  /** Told when an engine that was there answers no more, and when it is back. */
  readonly onTrouble: (message: string, facts?: unknown) => void;
  /** Told when containers came, went or changed their state. */
  readonly onChange?: () => void;
}

const resyncMs = 15_000;
const atOnce = 6;
/** Events come in groups: what they are about is asked for once. */
const gatherMs = 20;
const firstRetryMs = 250;
const longestRetryMs = 10_000;
const longestLine = 1024 * 1024;

export const openRoster = (options: RosterOptions): Roster => new LiveRoster(options);

class LiveRoster implements Roster {
  readonly #options: RosterOptions;
  readonly #byId = new Map<string, ContainerFacts>();
  readonly #dirty = new Set<string>();
  readonly #closing = new AbortController();
  #synced = false;
  #trouble: Problem | undefined;
  #wasThere = false;
  /** Settles with the attempt that is under way or comes next. */
  #attempt = Promise.withResolvers<void>();
  #flushing: Promise<void> | undefined;
  #wake = (): void => {};

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#attempt.promise.catch(() => {});
    this.#run().catch(() => {});
  }

  async list(): Promise<readonly ContainerFacts[]> {
    await this.#ready();
    return this.remembered();
  }

  async find(name: string, isThere: (one: ContainerFacts) => boolean): Promise<ContainerFacts> {
    return found(name, (await this.list()).filter(isThere));
  }

  async recheck(id: string): Promise<ContainerFacts | undefined> {
    const facts = await this.#inspect(id, this.#closing.signal);
    this.#keep(id, facts);
    return facts;
  }

  remembered(): readonly ContainerFacts[] {
    return [...this.#byId.values()];
  }

  trouble(): Problem | undefined {
    return this.#trouble;
  }

  close(): void {
    this.#closing.abort(new Problem('unavailable', { detail: 'The daemon is stopping.' }));
    this.#attempt.reject(this.#closing.signal.reason);
    this.#wake();
  }

  /** Whoever asks is told of what the events said up to now. */
  async #ready(): Promise<void> {
    this.#closing.signal.throwIfAborted();
    if (!this.#synced) {
      this.#wake();
      await this.#attempt.promise;
    }
    await this.#flushing;
    if (!this.#synced) throw this.#trouble ?? new Problem('unavailable');
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#live(() => {
          failures = 0;
        });
      } catch (thrown) {
        this.#lose(asProblem(thrown));
      }
      if (signal.aborted) return;
      failures += 1;
      const most = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
      await this.#pause(most * (0.5 + Math.random() / 2));
    }
  }

  /** From the first event on until the engine answers no more, with which it throws. */
  async #live(onSynced: () => void): Promise<never> {
    const { engine } = this.#options;
    const controller = new AbortController();
    const onClose = (): void => controller.abort(this.#closing.signal.reason);
    this.#closing.signal.addEventListener('abort', onClose, { once: true });
    const { signal } = controller;
    const fail = (thrown: unknown): void => controller.abort(thrown);
    let timer: NodeJS.Timeout | undefined;
    try {
      this.#dirty.clear();
      const filters = { type: ['container', 'network'] };
      const events = await engine.stream('events', { query: { filters }, signal });
      const followed = this.#follow(events, signal, fail);
      followed.catch(() => {});
      await this.#sync(signal);
      this.#found();
      onSynced();
      const again = async (): Promise<void> => {
        await this.#sync(signal).catch(fail);
        if (!signal.aborted) timer = setTimeout(again, resyncMs);
      };
      timer = setTimeout(again, resyncMs);
      this.#flush(signal, fail);
      return await followed;
    } finally {
      clearTimeout(timer);
      controller.abort();
      this.#closing.signal.removeEventListener('abort', onClose);
    }
  }

  /** Notes what each event is about; throws when there are no more. */
  async #follow(events: Readable, signal: AbortSignal, fail: (thrown: unknown) => void): Promise<never> {
    const stop = (): void => void events.destroy();
    signal.addEventListener('abort', stop, { once: true });
    let rest = '';
    try {
      events.setEncoding('utf8');
      for await (const chunk of events as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > longestLine) rest = '';
        for (const line of lines) {
          const id = subjectOf(line);
          if (id !== undefined) this.#dirty.add(id);
        }
        if (this.#synced) this.#flush(signal, fail);
      }
    } catch (thrown) {
      if (!signal.aborted) throw ended(thrown);
    }
    throw signal.aborted ? signal.reason : ended('the end of the events');
  }

  /** Asks about all that events told of, once they have all come; one such round at a time. */
  #flush(signal: AbortSignal, fail: (thrown: unknown) => void): void {
    if (this.#flushing !== undefined || this.#dirty.size === 0 || signal.aborted) return;
    const work = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      while (this.#dirty.size > 0 && !signal.aborted) {
        const ids = [...this.#dirty];
        this.#dirty.clear();
        await this.#inspectAll(ids, signal);
      }
    };
    const round = work().catch(fail);
    this.#flushing = round;
    const next = (): void => {
      if (this.#flushing !== round) return;
      this.#flushing = undefined;
      this.#flush(signal, fail);
    };
    round.then(next, next);
  }

  /** Compares with the engine's own list; whatever differs is asked for anew. */
  async #sync(signal: AbortSignal): Promise<void> {
    const answer = await this.#options.engine.ask('listContainers', { query: { all: true }, signal });
    const listed = new Map(
      (Array.isArray(answer) ? answer : []).flatMap((entry: unknown) => {
        const id = textAt(entry, 'Id');
        return id === undefined ? [] : [[id, entry] as const];
      }),
    );
    for (const id of this.#byId.keys()) if (!listed.has(id)) this.#keep(id, undefined);
    const stale = [...listed].filter(([id, entry]) => {
      const kept = this.#byId.get(id);
      return !this.#synced || kept === undefined || textAt(entry, 'State') !== kept.state;
    });
    await this.#inspectAll(
      stale.map(([id]) => id),
      signal,
    );
  }

  async #inspectAll(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const left = [...ids];
    const one = async (): Promise<void> => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        this.#keep(id, await this.#inspect(id, signal));
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, one));
  }

  async #inspect(id: string, signal: AbortSignal): Promise<ContainerFacts | undefined> {
    try {
      return containerFacts(await this.#options.engine.ask('inspectContainer', { name: id, signal }));
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === 'not_found') return undefined;
      throw thrown;
    }
  }

  #keep(id: string, facts: ContainerFacts | undefined): void {
    const before = this.#byId.get(id);
    if (facts === undefined) this.#byId.delete(id);
    else this.#byId.set(id, facts);
    if (before?.state !== facts?.state || before?.pid !== facts?.pid) this.#options.onChange?.();
  }

  #found(): void {
    if (this.#trouble !== undefined && this.#wasThere) {
      this.#options.onTrouble('the Docker engine answers again');
    }
    this.#synced = true;
    this.#wasThere = true;
    this.#trouble = undefined;
    this.#attempt.resolve();
  }

  #lose(problem: Problem): void {
    if (this.#closing.signal.aborted) return;
    if (this.#trouble === undefined && this.#wasThere) {
      this.#options.onTrouble('the Docker engine answers no more', { problem: problem.detail });
    }
    this.#synced = false;
    this.#flushing = undefined;
    this.#trouble = problem;
    const waiting = this.#attempt;
    this.#attempt = Promise.withResolvers<void>();
    this.#attempt.promise.catch(() => {});
    waiting.reject(problem);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }
}
