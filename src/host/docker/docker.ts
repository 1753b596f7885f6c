/** The Docker engine of this machine as the host offers it: who is there, what they use, and the way to ask. */

import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import type { Crew } from '../crew.ts';
import { textOf } from '../machine-facts.ts';
import { parseMemory } from '../memory.ts';
import { known } from '../rate.ts';
import { openRounds } from '../rounds.ts';
import { openChangeLock } from './change-lock.ts';
import { type ContainerDetail, containerDetail } from './container-detail.ts';
import type { ContainerFacts } from './container-facts.ts';
import { type LogQuery, type LogReading, readLogs } from './container-logs.ts';
import { goneContainer } from './container-search.ts';
import { type ContainerUse, readUse } from './container-use.ts';
import { type Engine, openEngine } from './engine.ts';
import { readEngineStats } from './engine-stats.ts';
import type { Figures } from './figure-book.ts';
import { type AgedFigures, openFigureReadings } from './figure-readings.ts';
import { type ChangeWish, type ContainerChange, openManage } from './manage.ts';
import type { ContainerPlace } from './place.ts';
import { type DockerRules, noDockerRules, ownContainerId, protectionOf } from './protection.ts';
import { type PullContext, type Pulled, type PullWish, pullImage } from './pull.ts';
import { type DockerCaller, reachOf } from './reach.ts';
import { openRoster, type Roster } from './roster.ts';
import { openStores, type Stores } from './stores.ts';
import { openUpdate, type UpdateContext, type Updated, type UpdateWish } from './update.ts';

/** Everything throws what keeps the engine from answering: `unavailable`, `permission_denied`, `deadline_exceeded`. */
export interface Docker extends Pick<Roster, 'list' | 'remembered' | 'trouble'>, Stores {
  /** Whether whoever asks sees only some of all containers, or none. */
  readonly narrowed: boolean;
  /** Whether one of that name, which may be gone, may be told of. */
  seesName(name: string): boolean;
  /** Throws what `Roster.find` throws. */
  find(name: string): Promise<ContainerFacts>;
  /** Asked of the engine now. Throws what `find` throws. */
  inspect(name: string, signal?: AbortSignal): Promise<ContainerDetail>;
  /** The newest lines of its log that match. Throws what `find` throws and what `readLogs` says. */
  logs(name: string, query: LogQuery, signal: AbortSignal): Promise<LogReading & { readonly name: string }>;
  /** Where the kernel keeps its processes, for one that runs; empty where that is not seen here. */
  placeOf(of: Pick<ContainerFacts, 'id' | 'pid'>): Promise<ContainerPlace>;
  /** Read now, by id; without those that do not run or whose files are not seen here. */
  figures(of: readonly ContainerFacts[]): Promise<ReadonlyMap<string, Figures>>;
  /** From memory where all that run were read lately, else read now. */
  recentFigures(of: readonly ContainerFacts[]): Promise<AgedFigures>;
  /** Read now, with those whose files are not seen here: of them the engine is asked, which may take some seconds. */
  use(of: readonly ContainerFacts[], signal: AbortSignal): Promise<ReadonlyMap<string, ContainerUse>>;
  /**
   * Throws `container_refused` for one that is protected, `arguments_invalid` for what its state does not allow, `busy`
   * while another change of it is under way, and what `find` throws. Nothing that was sent is called off.
   */
  change(wish: ChangeWish): Promise<ContainerChange>;
  /**
   * Throws what `pullImage` says, and `container_refused` for whoever is narrowed to some containers: an image is none.
   */
  pull(wish: PullWish, context: PullContext): Promise<Pulled>;
  /**
   * Throws what `change` and `pull` say, and where it was interrupted half way, which the next one mends. A caller that
   * goes away ends the pull, and nothing else of it.
   */
  update(wish: UpdateWish, context: UpdateContext): Promise<Updated>;
  /** Why a container is not to be changed, in words; undefined where it may be. */
  protection(of: Pick<ContainerFacts, 'id' | 'name' | 'labels'>): string | undefined;
}

/** The engine as whoever asks may see and change it: what lies beyond their reach is not there. */
export type DockerFor = (caller: DockerCaller) => Docker;

export interface DockerOptions {
  readonly socketPath: string;
  /** Asked anew at each question: a reload changes them. */
  readonly rules: () => DockerRules;
  /** In place of the one on the socket. */
  readonly engine?: Engine;
}

interface DockerNeeds {
  readonly machine: MachineRoot;
  readonly clock: Clock;
  readonly crew: Crew;
  readonly onTrouble: (message: string, facts?: unknown) => void;
}

const deadlineMs = 5_000;
/** What cannot run mostly ends within this time. */
const settleMs = 1_000;
/** Of one that did not come up. */
const mostLastLines = 10;
/** So that whoever asks finds a reading to compare with. */
const everyMs = 15_000;

export function openDocker(
  options: DockerOptions | undefined,
  { machine, clock, crew, onTrouble }: DockerNeeds,
): { readonly for: DockerFor; close(): void } {
  const rules = options?.rules ?? (() => noDockerRules);
  const engine = options?.engine ?? (options === undefined ? noEngine : openEngine(options.socketPath));
  const ownId = ownContainerId(machine);
  const figures = openFigureReadings({ crew, clock }, everyMs, () => readSoon());

  let changed: NodeJS.Immediate | undefined;
  const readAll = async (): Promise<number> => {
    if (roster.trouble() === undefined) await figures.now(await roster.list());
    return everyMs;
  };
  const roster = openRoster({
    engine,
    onTrouble,
    // One that just started is read at once, so that its rates are known soon.
    onChange: () => readSoon(),
  });
  function readSoon(): void {
    changed ??= setImmediate(() => {
      changed = undefined;
      readAll().catch(() => {});
    });
  }
  const rounds = openRounds(readAll, everyMs, () => {});

  const protection: Docker['protection'] = (container) => protectionOf(container, rules(), ownId);
  const hostMemoryBytes = (): number =>
    parseMemory(textOf(machine.proc, 'meminfo') ?? '')?.memory.totalBytes ?? Number.POSITIVE_INFINITY;
  const storesOf = openStores(engine);
  const lock = openChangeLock();
  const logsOf = ({ facts, tty, logDriver }: ContainerDetail, query: LogQuery, signal: AbortSignal) => {
    const { id, name } = facts;
    return readLogs(engine, clock, { id, name, tty, ...known({ logDriver }) }, query, signal);
  };
  const lastLines = async ({ id }: ContainerFacts): Promise<readonly string[]> => {
    const detail = containerDetail(await engine.ask('inspectContainer', { name: id }));
    if (detail === undefined) return [];
    const { lines } = await logsOf(
      detail,
      { keep: mostLastLines, mostScanned: mostLastLines },
      AbortSignal.timeout(deadlineMs),
    );
    return lines.map(({ text }) => text);
  };
  const update = openUpdate({
    ...{ engine, roster, clock, lock, protection },
    lastLines: (of) => lastLines(of).catch(() => []),
  });
  const change = openManage({ engine, roster, protection, lock, settle: () => setTimeout(settleMs) });

  const dockerFor = (caller: DockerCaller): Docker => {
    const reach = reachOf(caller);
    const { narrowed, sees, seesName } = reach;
    const list = async () => (await roster.list()).filter(sees);
    const find = (name: string) => roster.find(name, sees);
    const inspect: Docker['inspect'] = async (name, signal) => {
      const { id, name: known } = await find(name);
      const said = await engine.ask('inspectContainer', { name: id, ...(signal && { signal }) });
      const detail = containerDetail(said);
      if (detail === undefined || !sees(detail.facts)) throw goneContainer(known);
      return detail;
    };
    return {
      ...{ narrowed, seesName, list, find, inspect },
      remembered: () => roster.remembered().filter(sees),
      trouble: () => roster.trouble(),
      ...storesOf({ narrowed, containers: list }),
      async logs(wanted, query, signal) {
        const detail = await inspect(wanted, signal);
        return { name: detail.facts.name, ...(await logsOf(detail, query, signal)) };
      },
      async placeOf({ id, pid }) {
        if (pid === undefined) return {};
        // What the engine said of it is an answer by itself.
        return crew.run('readPlace', [id, pid], { deadlineMs }).catch(() => ({}));
      },
      figures: figures.now,
      recentFigures: figures.recent,
      use(containers, signal) {
        return readUse(containers, {
          files: figures.now,
          engine: (ids) => readEngineStats(engine, ids, hostMemoryBytes(), signal),
          take: figures.take,
          signal,
        });
      },
      change: (wish) => change(wish, reach),
      update: (wish, context) => update(wish, context, reach),
      async pull(wish, context) {
        if (reach.changesSome) throw noContainer();
        return pullImage(engine, wish, context);
      },
      protection,
    };
  };

  return {
    for: dockerFor,
    close() {
      clearImmediate(changed);
      rounds.close();
      roster.close();
      engine.close();
    },
  };
}

const noContainer = (): Problem =>
  new Problem('container_refused', {
    detail: 'This token may change some containers alone, and an image is none of them.',
    hint: 'update_container pulls the image of a container that it may change; whoami says which those are.',
  });

const refuse = (): Promise<never> =>
  Promise.reject(
    new Problem('unavailable', { detail: 'This machine is a record in files and has no Docker engine.' }),
  );

/** Of a machine that is frozen in a folder. */
const noEngine: Engine = Object.freeze({ ask: refuse, stream: refuse, close() {} });
