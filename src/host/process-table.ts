/**
 * All processes at one moment, and what each used of the processors since an earlier one. The last passes are kept,
 * so that whoever asks in between gets rates over a real interval. For the worker: a pass may take tens of milliseconds.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { parseCpu } from './cpu.ts';
import { type KernelUnits, parseKernelUnits, textOf } from './machine-facts.ts';
import { ioRates, noIo, type ProcessIo, type ProcessIoRates, parseProcessIo } from './process-io.ts';
import { type ProcessStat, parseProcessStat } from './process-stat.ts';
import { tenth } from './rate.ts';
import { parseUptime } from './uptime.ts';
import { readUserNames, type UserNames } from './users.ts';

export interface Pass {
  readonly uptimeSeconds: number;
  readonly processes: ReadonlyMap<number, ProcessStat>;
  /** By pid, of those that let it be seen; empty where it was not asked for. */
  readonly io: ReadonlyMap<number, ProcessIo>;
}

/** What to go through: all processes where none are named, and what they read and wrote only when asked. */
export interface PassRequest {
  readonly pids?: readonly number[];
  readonly io?: boolean;
}

/** What the processes of a pass used since the one before. */
export interface Use {
  readonly intervalMs: number;
  /** Ticks since the pass before; none for a process that it has no beginning of. */
  ticks(process: ProcessStat): number | undefined;
  /** Percent of one core, one decimal. */
  percent(process: ProcessStat): number | undefined;
  /** Undefined where either pass has no figures of it. */
  io(process: ProcessStat): ProcessIoRates | undefined;
}

export interface ProcessTable {
  readonly machine: MachineRoot;
  readonly units: KernelUnits;
  read(request?: PassRequest): Pass;
  /** The process as it is now, if it is there. */
  one(pid: number): ProcessStat | undefined;
  /** Keeps a pass through all, for later ones to be measured against. */
  keep(pass: Pass): void;
  /** The use against the newest kept pass that is old enough; undefined where none is older. */
  use(pass: Pass): Use | undefined;
  /** Milliseconds since the epoch at which a process started; undefined where the boot time is unknown. */
  startedAtMs(process: ProcessStat): number | undefined;
  userNames(): UserNames;
}

/** Shorter intervals say little: a tick is a percent of a second. */
const fineSeconds = 1;
const mostKept = 3;

export function openProcessTable(machine: MachineRoot): ProcessTable {
  const units = parseKernelUnits(bytesOf(join(machine.proc, 'self/auxv')));
  const kept: Pass[] = [];
  const bootedAtSeconds = parseCpu(textOf(machine.proc, 'stat') ?? '')?.bootedAtSeconds;
  const readIo = openIoReader(machine);
  const one = (pid: number) => parseProcessStat(textOf(machine.proc, String(pid), 'stat') ?? '');
  return {
    machine,
    units,
    one,
    read({ pids, io = false } = {}) {
      // The interval is taken from the machine's own clock, whose resolution is that of the ticks.
      const uptimeSeconds = parseUptime(textOf(machine.proc, 'uptime') ?? '') ?? performance.now() / 1000;
      const processes = new Map<number, ProcessStat>();
      for (const pid of pids ?? pidsIn(machine.proc)) {
        // A process that ends between the listing and the reading has no text any more.
        const stat = one(pid);
        if (stat !== undefined) processes.set(stat.pid, stat);
      }
      const isAll = pids === undefined;
      return { uptimeSeconds, processes, io: io ? readIo(processes.values(), isAll) : new Map() };
    },
    keep(pass) {
      if (kept.at(-1)?.uptimeSeconds === pass.uptimeSeconds) kept.pop();
      kept.push(pass);
      if (kept.length > mostKept) kept.shift();
    },
    use(pass) {
      const older = kept.filter(({ uptimeSeconds }) => uptimeSeconds < pass.uptimeSeconds);
      const fine = older.findLast(({ uptimeSeconds }) => pass.uptimeSeconds - uptimeSeconds >= fineSeconds);
      const before = fine ?? older[0];
      return before && useBetween(before, pass, units.ticksPerSecond);
    },
    startedAtMs: ({ startTicks }) =>
      bootedAtSeconds === undefined
        ? undefined
        : Math.round((bootedAtSeconds + startTicks / units.ticksPerSecond) * 1000),
    userNames: () => readUserNames(machine),
  };
}

const pidsIn = (proc: string): number[] =>
  readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Another user's process keeps its file to itself as long as it lives: in passes through all it is tried once. */
function openIoReader({ proc }: MachineRoot) {
  const sealed = new Map<number, number>();
  return (processes: Iterable<ProcessStat>, isAll: boolean): ReadonlyMap<number, ProcessIo> => {
    const found = new Map<number, ProcessIo>();
    const seen = new Set<number>();
    for (const { pid, startTicks } of processes) {
      seen.add(pid);
      if (isAll && sealed.get(pid) === startTicks) continue;
      const io = parseProcessIo(textOf(proc, String(pid), 'io') ?? '');
      if (io === undefined) sealed.set(pid, startTicks);
      else found.set(pid, io);
    }
    if (isAll) for (const pid of sealed.keys()) if (!seen.has(pid)) sealed.delete(pid);
    return found;
  };
}

/** A pid that was another process is new; a new one has used all it ever did. */
function useBetween(before: Pass, now: Pass, ticksPerSecond: number): Use {
  const seconds = now.uptimeSeconds - before.uptimeSeconds;
  const lastOf = ({ pid, startTicks }: ProcessStat): ProcessStat | undefined => {
    const last = before.processes.get(pid);
    return last?.startTicks === startTicks ? last : undefined;
  };
  const isNew = ({ startTicks }: ProcessStat): boolean =>
    startTicks >= Math.floor(before.uptimeSeconds * ticksPerSecond);
  const ticks = (process: ProcessStat): number | undefined => {
    const last = lastOf(process);
    if (last !== undefined) return Math.max(0, process.cpuTicks - last.cpuTicks);
    return isNew(process) ? process.cpuTicks : undefined;
  };
  return {
    intervalMs: Math.round(seconds * 1000),
    ticks,
    percent(process) {
      const used = ticks(process);
      return used === undefined ? undefined : tenth((used / ticksPerSecond / seconds) * 100);
    },
    io(process) {
      const io = now.io.get(process.pid);
      const earlier = lastOf(process) ? before.io.get(process.pid) : isNew(process) ? noIo : undefined;
      return io && earlier && ioRates(earlier, io, seconds * 1000);
    },
  };
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
