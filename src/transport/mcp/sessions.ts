/**
 * Sessions of whatever protocol has them: bound to the caller that opened them, bounded in number, ended when idle.
 * Knows nothing of what a session does.
 */

import { randomUUID } from 'node:crypto';
import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';

export interface SessionLimits {
  readonly perCaller: number;
  readonly total: number;
  readonly idleMs: number;
}

export const sessionLimits: SessionLimits = Object.freeze({
  perCaller: 32,
  total: 512,
  idleMs: 30 * 60_000,
});

interface Session<S> {
  readonly id: string;
  readonly owner: string;
  readonly value: S;
  readonly end: () => void;
  busy: number;
  lastUsedAt: number;
}

export interface Sessions<S> {
  /**
   * Adds a session of `caller`; makes room by ending that caller's longest idle one, or anybody's when the total is
   * reached. Throws `sessions_full` when every one of them is in use.
   */
  add(
    caller: Caller,
    make: (id: string) => { value: S; end: () => void },
    id?: string,
  ): { id: string; value: S };
  /** Runs `work` on the session, which is not idle meanwhile. Throws `session_unknown`, also to anyone but its owner. */
  use<R>(id: string, caller: Caller, work: (value: S) => Promise<R>): Promise<R>;
  remove(id: string): void;
  each(visit: (value: S) => void): void;
  /** Ends what was idle for too long. */
  sweep(): void;
  size(): number;
  close(): void;
}

/** The same agent with a renewed token keeps its sessions; another agent, or another way of proof, never gets them. */
const ownerOf = (caller: Caller): string =>
  `${caller.proof} ${caller.proof === 'none' ? caller.source : caller.agent}`;

export function openSessions<S>(clock: Clock, limits: SessionLimits = sessionLimits): Sessions<S> {
  const sessions = new Map<string, Session<S>>();

  const remove = (id: string): void => {
    const session = sessions.get(id);
    if (session === undefined) return;
    sessions.delete(id);
    session.end();
  };

  const endLongestIdle = (among: readonly Session<S>[], what: string): void => {
    const idle = among.filter((session) => session.busy === 0);
    const oldest = idle.sort((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
    if (oldest === undefined) {
      throw new Problem('sessions_full', {
        detail: `${what} has ${among.length} sessions and all are in use.`,
        hint: 'Close one with DELETE, or let a running call end.',
      });
    }
    remove(oldest.id);
  };

  const makeRoom = (owner: string): void => {
    const own = [...sessions.values()].filter((session) => session.owner === owner);
    if (own.length >= limits.perCaller) endLongestIdle(own, 'This caller');
    else if (sessions.size >= limits.total) endLongestIdle([...sessions.values()], 'The daemon');
  };

  const sweep = (): void => {
    const now = clock.monotonicMs();
    for (const session of sessions.values()) {
      if (session.busy === 0 && now - session.lastUsedAt >= limits.idleMs) remove(session.id);
    }
  };
  const timer = setInterval(sweep, 30_000);
  timer.unref();

  return {
    add(caller, make, id = randomUUID()) {
      const owner = ownerOf(caller);
      makeRoom(owner);
      const { value, end } = make(id);
      sessions.set(id, { id, owner, value, end, busy: 0, lastUsedAt: clock.monotonicMs() });
      return { id, value };
    },
    async use(id, caller, work) {
      const session = sessions.get(id);
      if (session === undefined || session.owner !== ownerOf(caller)) {
        throw new Problem('session_unknown', { hint: 'Initialize a new session.' });
      }
      session.busy += 1;
      try {
        return await work(session.value);
      } finally {
        session.busy -= 1;
        session.lastUsedAt = clock.monotonicMs();
      }
    },
    remove,
    each(visit) {
      for (const session of sessions.values()) visit(session.value);
    },
    sweep,
    size: () => sessions.size,
    close() {
      clearInterval(timer);
      for (const id of [...sessions.keys()]) remove(id);
    },
  };
}
