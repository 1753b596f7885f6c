/** The processes that match, in order, a page at a time. Filtered, sorted and cut in the worker. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cleanText } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import { containerIn } from './cgroup.ts';
import type { CommandLines } from './command-line.ts';
import { belongingOf, openIdentify, openUsers } from './process-identity.ts';
import type { ProcessIo, ProcessIoRates } from './process-io.ts';
import type { ProcessRow } from './process-passes.ts';
import { type ProcessStat, type ProcessState, processState } from './process-stat.ts';
import type { Pass, ProcessTable, Use } from './process-table.ts';
import { known } from './rate.ts';

export const processOrders = ['cpu', 'memory', 'io', 'fds', 'start'] as const;
export type ProcessOrder = (typeof processOrders)[number];

export interface ProcessQuery {
  /** Part of the name or of the redacted command line, whatever its case. */
  readonly name?: string;
  /** Name or number of the effective user. */
  readonly user?: string;
  readonly unit?: string;
  /** The beginning of a container's id, or the whole. */
  readonly container?: string;
  readonly state?: ProcessState;
  readonly sort: ProcessOrder;
  readonly limit: number;
  /** The position of the last one that was seen. */
  readonly after?: string;
  /** By unit and container those match that are of none or of one of these. */
  readonly containers: 'all' | readonly string[];
}

/** What it read and wrote is only there in the order of it, and where it may be read. */
export interface ListedProcess extends ProcessRow, Partial<ProcessIo>, ProcessIoRates {
  readonly parentPid: number;
  readonly state: ProcessState;
  readonly threads: number;
  /** ISO 8601 UTC. */
  readonly startedAt?: string;
  readonly commandLine?: string;
  /** Only in the order of it, and where it may be read. */
  readonly openFiles?: number;
}

export interface ProcessList {
  readonly intervalMs?: number;
  readonly total: number;
  readonly matching: number;
  /** Of those that match but for their state. */
  readonly byState: Readonly<Partial<Record<ProcessState, number>>>;
  readonly processes: readonly ListedProcess[];
  /** Where each of them stands in the order, for `after`. */
  readonly positions: readonly string[];
  /** How many of those that match come after the last one. */
  readonly left: number;
  /** How many of those that match keep what they are sorted by to themselves. */
  readonly unreadable: number;
  /** Whether other users' processes are not even listed. */
  readonly othersHidden: boolean;
}

/** `position` is one that this order could have. */
export const isPosition = (position: string, sort: ProcessOrder): boolean =>
  new RegExp(`^${sort}:-?\\d{1,16}:\\d{1,10}$`).test(position);

/** Puts a page together from what a pass saw. A process that is gone by now is left out of it. */
export function listProcesses(
  table: ProcessTable,
  commandLines: CommandLines,
  pass: Pass,
  query: ProcessQuery,
): ProcessList {
  const use = table.use(pass);
  const found = [...pass.processes.values()].filter(openFilter(table, commandLines, query));
  const matching = found.filter((one) => query.state === undefined || processState(one) === query.state);
  const weigh = weights(table, pass, use)[query.sort];
  const sorted = matching
    .map((process) => ({ process, weight: weigh(process) ?? -1 }))
    .sort((a, b) => b.weight - a.weight || a.process.pid - b.process.pid);
  const start = query.after === undefined ? 0 : startAfter(sorted, query.after);
  const page = sorted.slice(start, start + query.limit);
  const describe = openDescribe(table, commandLines, { pass, use, sort: query.sort });
  const alive = page
    .map(({ process, weight }) => ({
      row: describe(process),
      position: `${query.sort}:${weight}:${process.pid}`,
      process,
    }))
    .filter(({ process }) => table.one(process.pid)?.startTicks === process.startTicks);
  return {
    ...known({ intervalMs: use?.intervalMs }),
    total: pass.processes.size,
    matching: matching.length,
    byState: countStates(found),
    processes: alive.map(({ row }) => row),
    positions: alive.map(({ position }) => position),
    left: sorted.length - start - page.length,
    unreadable: sorted.filter(({ process, weight }) => weight < 0 && keepsToItself(table, process)).length,
    othersHidden: !pass.processes.has(1),
  };
}

function openFilter(
  table: ProcessTable,
  commandLines: CommandLines,
  { name, user, unit, container, containers }: ProcessQuery,
): (process: ProcessStat) => boolean {
  const userOf = openUsers(table);
  const wanted = name?.toLowerCase();
  const isNamed = (process: ProcessStat): boolean =>
    wanted === undefined ||
    process.name.toLowerCase().includes(wanted) ||
    (commandLines.of(process)?.toLowerCase().includes(wanted) ?? false);
  const isOfUser = (process: ProcessStat): boolean => {
    if (user === undefined) return true;
    const own = userOf(process);
    return own.user === user || String(own.uid) === user;
  };
  const belongs = (process: ProcessStat): boolean => {
    if (unit === undefined && container === undefined) return true;
    const own = belongingOf(table, process);
    const ofUnit = unit === undefined || own.unit === unit || own.unit === `${unit}.service`;
    const ofContainer = container === undefined || own.containerId?.startsWith(container) === true;
    const id = containerIn(own);
    const mayMatch = id === undefined || containers === 'all' || containers.includes(id);
    return ofUnit && ofContainer && mayMatch;
  };
  return (process) => isNamed(process) && isOfUser(process) && belongs(process);
}

/** By what each order sorts, most first; undefined where it may not be read. */
const weights = (
  table: ProcessTable,
  { io }: Pass,
  use: Use | undefined,
): Record<ProcessOrder, (process: ProcessStat) => number | undefined> => ({
  cpu: (process) => use?.ticks(process) ?? 0,
  memory: (process) => process.rssPages,
  start: (process) => process.startTicks,
  fds: (process) => countOpenFiles(table, process.pid),
  io: (process) => {
    const { readBytesPerSecond = 0, writtenBytesPerSecond = 0 } = use?.io(process) ?? {};
    return io.has(process.pid) ? Math.round(readBytesPerSecond + writtenBytesPerSecond) : undefined;
  },
});

function openDescribe(
  table: ProcessTable,
  commandLines: CommandLines,
  { pass, use, sort }: { pass: Pass; use: Use | undefined; sort: ProcessOrder },
): (process: ProcessStat) => ListedProcess {
  const identify = openIdentify(table);
  return (process) => {
    const startedAtMs = table.startedAtMs(process);
    const { unit, ...identity } = identify(process);
    return {
      pid: process.pid,
      parentPid: process.parentPid,
      name: cleanText(process.name, 64),
      ...known({ commandLine: shortened(commandLines.of(process)) }),
      state: processState(process),
      ...identity,
      user: cleanText(identity.user, 64),
      ...known({ unit: unit && cleanText(unit, 255), cpuPercent: use?.percent(process) }),
      rssBytes: process.rssPages * table.units.pageBytes,
      threads: process.threads,
      ...known({
        startedAt: startedAtMs === undefined ? undefined : isoTime(startedAtMs),
        openFiles: sort === 'fds' ? countOpenFiles(table, process.pid) : undefined,
      }),
      ...pass.io.get(process.pid),
      ...use?.io(process),
    };
  };
}

/** Not of one that is gone, or whose end only its parent has yet to hear of: they have nothing left to show. */
const keepsToItself = (table: ProcessTable, process: ProcessStat): boolean =>
  table.one(process.pid)?.startTicks === process.startTicks && processState(process) !== 'zombie';

const shortened = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : cleanText(text, 160);

function countOpenFiles({ machine }: ProcessTable, pid: number): number | undefined {
  try {
    return readdirSync(join(machine.proc, String(pid), 'fd')).length;
  } catch {
    return undefined;
  }
}

function startAfter(
  sorted: readonly { readonly process: ProcessStat; readonly weight: number }[],
  position: string,
): number {
  const [, weight = 0, pid = 0] = position.split(':').map(Number);
  const next = sorted.findIndex(
    (one) => one.weight < weight || (one.weight === weight && one.process.pid > pid),
  );
  return next === -1 ? sorted.length : next;
}

function countStates(processes: readonly ProcessStat[]): Partial<Record<ProcessState, number>> {
  const counts: Partial<Record<ProcessState, number>> = {};
  for (const process of processes) {
    const state = processState(process);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}
