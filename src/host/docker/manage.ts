/** Changes to one container, each made once: what may be done in which state, and what came of it. */

import { asProblem, Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { CallName } from './calls.ts';
import type { ChangeLock } from './change-lock.ts';
import type { ContainerFacts, ContainerState } from './container-facts.ts';
import { goneContainer } from './container-search.ts';
import type { Engine } from './engine.ts';
import type { Reach } from './reach.ts';
import type { Roster } from './roster.ts';

export const containerActions = ['start', 'stop', 'restart', 'pause', 'unpause', 'kill'] as const;
export type ContainerAction = (typeof containerActions)[number];

export const killSignals = ['KILL', 'TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2'] as const;

export interface ChangeWish {
  /** A name, an id or the beginning of one. */
  readonly container: string;
  readonly action: ContainerAction;
  /** For stop and restart: how long it may take to end by itself, seconds. */
  readonly graceSeconds: number;
  /** For kill. */
  readonly signal: (typeof killSignals)[number];
}

export interface ContainerChange {
  readonly before: ContainerFacts;
  /** Absent where it was made to be removed when it ends, and was. */
  readonly after?: ContainerFacts;
  /** False where it was so already, and nothing was asked of the engine. */
  readonly asked: boolean;
}

export interface ManageNeeds {
  readonly engine: Pick<Engine, 'ask'>;
  readonly roster: Pick<Roster, 'find' | 'recheck'>;
  /** Why a container is not to be changed. */
  readonly protection: (of: ContainerFacts) => string | undefined;
  readonly lock: ChangeLock;
  /** Waits so that one that dies at its start is seen to. */
  readonly settle: () => Promise<void>;
}

const calls: Readonly<Record<ContainerAction, CallName>> = {
  start: 'startContainer',
  stop: 'stopContainer',
  restart: 'restartContainer',
  pause: 'pauseContainer',
  unpause: 'unpauseContainer',
  kill: 'killContainer',
};

/** What the engine itself needs beyond the time that the container has. */
const engineMs = 20_000;

/** One change of a container at a time. */
export function openManage(needs: ManageNeeds): (wish: ChangeWish, reach: Reach) => Promise<ContainerChange> {
  return async (wish, reach) => {
    const { id, name } = await needs.roster.find(wish.container, reach.knows);
    return needs.lock.hold(name, () => change({ id, name, reach }, wish, needs));
  };
}

async function change(
  { id, name, reach }: { readonly id: string; readonly name: string; readonly reach: Reach },
  wish: ChangeWish,
  { engine, roster, protection, settle }: ManageNeeds,
): Promise<ContainerChange> {
  const { action } = wish;
  // What is kept in memory may be a moment old.
  const before = await roster.recheck(id);
  if (before === undefined) throw goneContainer(name);
  refuseProtected(before, protection, reach);
  if (isSoAlready(action, before.state)) return { before, after: before, asked: false };
  const obstacle = obstacleTo(action, before.state);
  if (obstacle !== undefined) throw impossible(before.name, obstacle);
  // It is not called off with the caller: the engine goes on with it, and what comes of it must be known.
  await engine.ask(calls[action], { name: id, query: queryOf(wish), deadlineMs: deadlineOf(wish) });
  if (action === 'start' || action === 'restart') await settle();
  const after = await seenAfter(action, () => roster.recheck(id));
  return { before, asked: true, ...(after === undefined ? {} : { after }) };
}

/** Throws `container_refused` for what is not to be changed, at all or by this caller, and `not_found` for what they do not know. */
export function refuseProtected(
  one: ContainerFacts,
  protection: ManageNeeds['protection'],
  reach: Reach,
): void {
  if (!reach.knows(one)) throw goneContainer(one.name);
  if (!reach.changes(one)) throw outside(one.name);
  const reason = protection(one);
  if (reason !== undefined) throw refused(one.name, reason);
}

/** What fails from here on must not look as if nothing had been done. */
async function seenAfter<R>(action: ContainerAction, look: () => Promise<R>): Promise<R> {
  try {
    return await look();
  } catch (thrown) {
    const { code, detail } = asProblem(thrown);
    throw new Problem(code, {
      detail: `The engine did it (${action}), and what came of it cannot be seen: ${detail}`,
      hint: 'Look with get_container before you try again.',
      cause: thrown,
    });
  }
}

function queryOf({ action, graceSeconds, signal }: ChangeWish): Readonly<Record<string, unknown>> {
  if (action === 'stop' || action === 'restart') return { t: graceSeconds };
  return action === 'kill' ? { signal: `SIG${signal}` } : {};
}

const deadlineOf = ({ action, graceSeconds }: ChangeWish): number =>
  engineMs + (action === 'stop' || action === 'restart' ? graceSeconds * 1000 : 0);

const doesRun = (state: ContainerState): boolean => state === 'running' || state === 'restarting';
const hasEnded = (state: ContainerState): boolean => state === 'exited' || state === 'created';

function isSoAlready(action: ContainerAction, state: ContainerState): boolean {
  if (action === 'start') return doesRun(state);
  if (action === 'stop') return hasEnded(state);
  if (action === 'pause') return state === 'paused';
  return action === 'unpause' && state === 'running';
}

/** Why it cannot be done in that state, and what can. */
function obstacleTo(action: ContainerAction, state: ContainerState): string | undefined {
  if (state === 'removing' || state === 'dead') return 'it is being removed';
  if (action === 'start' && state === 'paused') return 'it is paused; unpause it';
  if (action === 'pause' && state !== 'running') return 'it does not run; start it before';
  if (action === 'unpause' && state !== 'paused') return 'it is not paused';
  if (action === 'kill' && hasEnded(state)) return 'it does not run';
  return undefined;
}

const refused = (name: string, reason: string): Problem =>
  new Problem('container_refused', {
    detail: `The container ${quote(name)} is not changed: ${reason}.`,
    hint: 'The operator decides on it by docker.protected_names and docker.protected_labels.',
  });

const outside = (name: string): Problem =>
  new Problem('container_refused', {
    detail: `The container ${quote(name)} is none of those that this token may change.`,
    hint: 'whoami says which they are.',
  });

const impossible = (name: string, obstacle: string): Problem =>
  new Problem('arguments_invalid', { detail: `The container ${quote(name)}: ${obstacle}.` });
