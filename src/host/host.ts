/**
 * The machine in our words: what tools may ask of it. What changes by the second is answered from memory; a sampler
 * and a worker keep that up to date. Knows nothing of MCP, HTTP or callers.
 */

import type { Clock } from '../base/clock.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { type Programs, systemPrograms } from '../base/run-program.ts';
import type { ConnectionQuery, Connections } from './connections.ts';
import { type Crew, openCrew } from './crew.ts';
import { type DockerFor, type DockerOptions, openDocker } from './docker/docker.ts';
import { examineRoots, type FilesFor, openFiles } from './files/files.ts';
import type { RootFinding } from './files/roots.ts';
import { type FileRules, noFiles } from './files/rules.ts';
import { openSearches } from './files/searches.ts';
import { openFillTrend } from './fill-trend.ts';
import { type Hardware, openHardware } from './hardware.ts';
import { type History, type HistoryOptions, openHistory } from './history.ts';
import { type Journal, openJournal } from './journal.ts';
import { readMachineFacts } from './machine-facts.ts';
import { openMounts } from './mounts.ts';
import { type NetworkStatus, networkStatus, type SetupReading } from './network.ts';
import { openProcesses, type Processes } from './processes.ts';
import { openRankings } from './rankings.ts';
import { openRounds, type Rounds } from './rounds.ts';
import { openSampler } from './sampler.ts';
import { type Section, type SystemStatus, systemStatus } from './status.ts';
import { readDevices, type StorageAsk, type StorageStatus, storageStatus } from './storage.ts';
import { openUnits, type Units } from './units.ts';

export interface Host {
  /** The host's name (uname(2) nodename). */
  readonly name: string;
  readonly system: { status(chosen: readonly Section[]): SystemStatus };
  readonly storage: {
    /** Throws `not_found` for a mount point or a device that is none. */
    status(ask: StorageAsk): Promise<StorageStatus>;
  };
  readonly network: {
    /** Throws `unavailable` where the kernel shows no interfaces. */
    status(): NetworkStatus;
    /** Reads the tables of sockets now. Throws `unavailable` where there are none. */
    connections(query: ConnectionQuery): Promise<Connections>;
  };
  readonly hardware: Hardware;
  readonly units: Units;
  readonly history: Pick<History, 'query'>;
  readonly journal: Journal;
  readonly processes: Processes;
  /** As far as whoever asks may see them. */
  readonly files: FilesFor;
  /** As far as whoever asks may see and change it. */
  readonly docker: DockerFor;
}

/** The host in the hands of whoever opened it. */
export interface HostHandle extends Host {
  /** Grows once a second as long as the sampler works. */
  samplesTaken(): number;
  /** Threads that wait in the kernel for what does not answer: Node.js does not exit before they return. */
  stuckThreads(): number;
  /** What an operator should know of the folders whose files may be seen. */
  fileRoots(): Promise<readonly RootFinding[]>;
  close(): void;
}

export interface HostOptions {
  readonly machine: MachineRoot;
  readonly clock: Clock;
  /** Those of the live machine where nothing else is said; a frozen one runs none but these. */
  readonly programs?: Programs;
  /** Absent where no history is kept. */
  readonly history?: HistoryOptions | undefined;
  /** Told of what does not work and is done without. */
  readonly onTrouble: (message: string, facts?: unknown) => void;
  /** Which files may be seen, asked at each question; none where it is absent. */
  readonly fileRules?: () => FileRules;
  /** Absent where nothing is known of an engine. */
  readonly docker?: DockerOptions;
}

/** The shortest interval in which the counters move. */
const secondSampleMs = 100;

/** How long the start waits for the first rounds of the worker; what is not there by then comes when it comes. */
const firstRoundsMs = 300;

const mountsEveryMs = 15_000;
const setupEveryMs = 5_000;
const factsEveryMs = 60_000;
const retryMs = 15_000;
const jobDeadlineMs = 5_000;

/** A caller may ask a dead disk a few times before it gives up; a file elsewhere must be read even then. */
const mostStuckFiles = 12;

/** Resolves when two samples are there, so that no answer lacks its rates. */
export async function openHost(options: HostOptions): Promise<HostHandle> {
  const { machine, clock, onTrouble } = options;
  const programs = options.programs ?? (machine.live ? systemPrograms : undefined);
  const sampler = openSampler(machine, clock);
  const crew = openCrew({ machine, onTrouble });
  const fileRules = options.fileRules ?? (() => noFiles);
  const fileCrew = openCrew({ machine, onTrouble, mostStuck: mostStuckFiles });
  const searches = openSearches(machine);
  const mounts = openMounts(crew, clock);
  const hardware = openHardware(crew, { machine, onTrouble });
  const rankings = openRankings(crew, clock);
  const trend = openFillTrend({
    folder: options.history?.folder,
    record: options.history?.record ?? false,
    clock,
    onTrouble,
  });
  const docker = openDocker(options.docker, { machine, clock, crew, onTrouble });
  let facts = readMachineFacts(machine);
  let setup: SetupReading | undefined;

  const repeat = (what: string, work: () => Promise<number>): Rounds =>
    openRounds(work, retryMs, (problem) =>
      onTrouble(`${what} cannot be read`, { problem: problem.detail, cause: problem.cause }),
    );
  const rounds = [
    repeat('processes', rankings.round),
    repeat('mounts', async () => {
      await mounts.round();
      trend.note(mounts.status() ?? []);
      return mountsEveryMs;
    }),
    repeat('network set-up', async () => {
      setup = await readSetup(crew, clock);
      return setupEveryMs;
    }),
    repeat('machine facts', async () => {
      facts = await crew.run('readMachineFacts', [], { deadlineMs: jobDeadlineMs });
      return factsEveryMs;
    }),
  ];

  await after(secondSampleMs);
  sampler.sample();
  const history = openHistory(options.history, {
    ...{ machine, clock, crew, sampler, onTrouble },
    mounts: mounts.status,
    ranking: rankings.status,
  });
  await Promise.race([Promise.all(rounds.map(({ first }) => first)), after(firstRoundsMs - secondSampleMs)]);

  return {
    get name() {
      return facts.name;
    },
    system: {
      status: (chosen) =>
        systemStatus(
          { span: sampler.span(), facts, mounts: mounts.status(), ranking: rankings.status() },
          chosen,
        ),
    },
    storage: {
      status: async (ask) =>
        storageStatus(
          { span: sampler.span(), mounts: mounts.status(), trend, devices: await readDevices(crew, ask) },
          ask,
        ),
    },
    network: {
      status: () => networkStatus(sampler.span(), setup),
      connections: (query) => crew.run('readConnections', [query], { deadlineMs: jobDeadlineMs }),
    },
    hardware,
    units: openUnits(programs, crew),
    history,
    journal: openJournal({ programs, clock }),
    processes: openProcesses(crew),
    files: openFiles(fileCrew, searches, fileRules),
    // By the worker that runs already: one of its own would be held for this alone.
    fileRoots: () => examineRoots(crew, fileRules()),
    docker: docker.for,
    samplesTaken: sampler.samplesTaken,
    stuckThreads: () => crew.stuck() + fileCrew.stuck() + searches.stuck() + hardware.stuckThreads(),
    close() {
      for (const { close } of rounds) close();
      history.close();
      trend.close();
      docker.close();
      sampler.close();
      hardware.close();
      crew.close();
      fileCrew.close();
      searches.close();
    },
  };
}

async function readSetup(crew: Crew, clock: Clock): Promise<SetupReading> {
  const setup = await crew.run('readNetworkSetup', [], { deadlineMs: jobDeadlineMs });
  return { readAtMs: clock.now(), setup };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
