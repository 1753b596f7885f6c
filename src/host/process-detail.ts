/** All about one process, read when it is asked for. In the worker. */

import { join } from 'node:path';
import { cleanText } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import type { Belonging } from './cgroup.ts';
import { type CgroupLimits, readCgroupLimits } from './cgroup-limits.ts';
import type { CommandLines } from './command-line.ts';
import { textOf } from './machine-facts.ts';
import { type OpenFiles, readOpenFiles } from './process-files.ts';
import { openIdentify, type ProcessUser } from './process-identity.ts';
import type { ProcessIo, ProcessIoRates } from './process-io.ts';
import { type ProcessLimit, parseProcessLimits } from './process-limits.ts';
import { type ProcessMemory, parseProcessMemory } from './process-memory.ts';
import { type ProcessStat, type ProcessState, processState } from './process-stat.ts';
import type { ProcessTable } from './process-table.ts';
import { known } from './rate.ts';

export interface ProcessParent {
  readonly pid: number;
  readonly name: string;
}

export interface ProcessDetail extends ProcessUser, Belonging {
  readonly pid: number;
  readonly name: string;
  readonly commandLine?: string;
  readonly state: ProcessState;
  /** The nearest first, up to the first process. */
  readonly parents: readonly ProcessParent[];
  readonly startedAt?: string;
  /** Over which `cpuPercent`, of one core, and the rates were measured. */
  readonly intervalMs?: number;
  readonly cpuPercent?: number;
  /** Since its start, in user space and in the kernel. */
  readonly cpuSeconds: number;
  readonly threads: number;
  readonly memory: ProcessMemory;
  readonly oomScore?: number;
  readonly oomScoreAdjust?: number;
  readonly cgroup?: CgroupLimits;
  readonly limits: readonly ProcessLimit[];
  readonly openFiles?: OpenFiles;
  readonly io?: ProcessIo & ProcessIoRates;
  /** What could not be read. */
  readonly unreadable: readonly string[];
}

/** Deeper trees are cut. */
const mostParents = 32;

/** Undefined where there is no such process, or it ended while it was read. */
export function readProcess(
  table: ProcessTable,
  commandLines: CommandLines,
  pid: number,
): ProcessDetail | undefined {
  const pass = table.read({ pids: [pid], io: true });
  const process = pass.processes.get(pid);
  if (process === undefined) return undefined;
  const folder = join(table.machine.proc, String(pid));
  const use = table.use(pass);
  const io = pass.io.get(pid);
  const startedAtMs = table.startedAtMs(process);
  const { unit, user, ...identity } = openIdentify(table)(process);
  const detail = {
    pid,
    name: cleanText(process.name, 64),
    ...known({ commandLine: commandLines.of(process) }),
    state: processState(process),
    ...identity,
    user: cleanText(user, 64),
    ...known({ unit: unit && cleanText(unit, 255) }),
    parents: parentsOf(table, process),
    ...known({
      startedAt: startedAtMs === undefined ? undefined : isoTime(startedAtMs),
      intervalMs: use?.intervalMs,
      cpuPercent: use?.percent(process),
    }),
    cpuSeconds: process.cpuTicks / table.units.ticksPerSecond,
    threads: process.threads,
    ...readFiles(table, folder, {
      io: io && { ...io, ...use?.io(process) },
      isZombie: processState(process) === 'zombie',
    }),
  };
  return table.one(pid)?.startTicks === process.startTicks ? detail : undefined;
}

/** What stands in further files of the process, and which of them keep it to themselves. */
function readFiles(
  table: ProcessTable,
  folder: string,
  { io, isZombie }: { readonly io: ProcessDetail['io'] | undefined; readonly isZombie: boolean },
) {
  const file = (name: string): string => textOf(folder, name) ?? '';
  const number = (name: string): number | undefined => {
    const text = file(name).trim();
    return /^-?\d+$/.test(text) ? Number(text) : undefined;
  };
  const memory = parseProcessMemory(file('status'), file('smaps_rollup'));
  const openFiles = readOpenFiles(folder);
  const cgroup = readCgroupLimits(table.machine, file('cgroup'));
  const isUser = memory.virtualBytes !== undefined;
  return {
    memory,
    ...known({ oomScore: number('oom_score'), oomScoreAdjust: number('oom_score_adj') }),
    ...known({ cgroup, openFiles, io }),
    limits: parseProcessLimits(file('limits')),
    // A zombie has nothing left to show.
    unreadable: isZombie
      ? []
      : [
          ...(openFiles === undefined ? ['open files and sockets'] : []),
          ...(io === undefined ? ['io'] : []),
          ...(isUser && memory.pssBytes === undefined ? ['proportional memory'] : []),
        ],
  };
}

function parentsOf(table: ProcessTable, { parentPid }: ProcessStat): readonly ProcessParent[] {
  const parents: ProcessParent[] = [];
  let next = parentPid;
  while (next > 0 && parents.length < mostParents) {
    const parent = table.one(next);
    // A process that ends gives its children to another.
    if (parent === undefined) break;
    parents.push({ pid: parent.pid, name: cleanText(parent.name, 64) });
    next = parent.parentPid;
  }
  return parents;
}
