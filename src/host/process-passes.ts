/**
 * Goes through all processes now and then and says which used the most. It remembers the pass before, for the use
 * of CPU time is known only between two. For the worker: one pass over thousands takes tens of milliseconds.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { type Belonging, belonging, parseCgroupPath } from './cgroup.ts';
import { parseKernelUnits, textOf } from './machine-facts.ts';
import { type ProcessStat, parseEffectiveUid, parseProcessStat } from './process-stat.ts';
import { tenth } from './rate.ts';
import { parseUptime } from './uptime.ts';
import { mapsAllUsers, parseUserNames, unknownUser } from './users.ts';

export interface ProcessRow extends Belonging {
  readonly pid: number;
  readonly name: string;
  /** The effective user's number and name. */
  readonly uid?: number;
  readonly user: string;
  /** Of one core, so it may be more than 100; absent at the first pass. */
  readonly cpuPercent?: number;
  readonly rssBytes: number;
}

export interface ProcessPass {
  readonly total: number;
  /** Between this pass and the one before; absent at the first. */
  readonly intervalMs?: number;
  /** Most CPU time first; absent at the first pass. */
  readonly byCpu?: readonly ProcessRow[];
  /** Most resident memory first. */
  readonly byMemory: readonly ProcessRow[];
}

interface Pass {
  readonly uptimeSeconds: number;
  readonly processes: ReadonlyMap<number, ProcessStat>;
}

export interface ProcessPasses {
  /** Goes through all processes. @param rows how many of each ranking */
  pass(rows: number): ProcessPass;
}

export function openProcessPasses(machine: MachineRoot): ProcessPasses {
  const units = parseKernelUnits(bytesOf(join(machine.proc, 'self/auxv')));
  let before: Pass | undefined;
  return {
    pass(rows) {
      const now = readPass(machine);
      const seconds = before === undefined ? 0 : now.uptimeSeconds - before.uptimeSeconds;
      const ticks =
        before !== undefined && seconds > 0 ? ticksSince(before, now, units.ticksPerSecond) : undefined;
      before = now;
      const processes = [...now.processes.values()];
      const describe = openDescriber(machine, units.pageBytes, (pid) => {
        const used = ticks?.get(pid);
        return used === undefined ? undefined : tenth((used / units.ticksPerSecond / seconds) * 100);
      });
      const top = (weight: (process: ProcessStat) => number): ProcessRow[] =>
        processes
          .filter((process) => weight(process) > 0)
          .sort((a, b) => weight(b) - weight(a) || a.pid - b.pid)
          .slice(0, rows)
          .map(describe);
      return {
        total: processes.length,
        byMemory: top((process) => process.rssPages),
        ...(ticks === undefined
          ? {}
          : { intervalMs: Math.round(seconds * 1000), byCpu: top((process) => ticks.get(process.pid) ?? 0) }),
      };
    },
  };
}

/** The interval is taken from the machine's own clock, whose resolution is that of the ticks. */
function readPass(machine: MachineRoot): Pass {
  const uptimeSeconds = parseUptime(textOf(machine.proc, 'uptime') ?? '') ?? performance.now() / 1000;
  const processes = new Map<number, ProcessStat>();
  for (const name of readdirSync(machine.proc)) {
    if (!/^\d+$/.test(name)) continue;
    // A process that ends between the listing and the reading has no text any more.
    const stat = parseProcessStat(textOf(machine.proc, name, 'stat') ?? '');
    if (stat !== undefined) processes.set(stat.pid, stat);
  }
  return { uptimeSeconds, processes };
}

/** What each process used since then. A pid that was another process is new; a new one has used all it ever did. */
function ticksSince(before: Pass, now: Pass, ticksPerSecond: number): ReadonlyMap<number, number> {
  const ticks = new Map<number, number>();
  for (const process of now.processes.values()) {
    const last = before.processes.get(process.pid);
    if (last?.startTicks === process.startTicks) {
      ticks.set(process.pid, Math.max(0, process.cpuTicks - last.cpuTicks));
    } else if (process.startTicks >= Math.floor(before.uptimeSeconds * ticksPerSecond)) {
      ticks.set(process.pid, process.cpuTicks);
    }
  }
  return ticks;
}

/** Reads the rest about the few processes that are shown. */
function openDescriber(
  machine: MachineRoot,
  pageBytes: number,
  cpuPercentOf: (pid: number) => number | undefined,
): (process: ProcessStat) => ProcessRow {
  const names = parseUserNames(
    textOf(machine.root, 'etc/passwd') ?? '',
    mapsAllUsers(textOf(machine.proc, 'self/uid_map') ?? ''),
  );
  return (process) => {
    const folder = join(machine.proc, String(process.pid));
    const uid = parseEffectiveUid(textOf(folder, 'status') ?? '');
    const cpuPercent = cpuPercentOf(process.pid);
    return {
      pid: process.pid,
      name: process.name,
      ...(uid === undefined ? {} : { uid }),
      user: (uid === undefined ? undefined : names.get(uid)) ?? unknownUser,
      ...(cpuPercent === undefined ? {} : { cpuPercent }),
      rssBytes: process.rssPages * pageBytes,
      ...belonging(parseCgroupPath(textOf(folder, 'cgroup') ?? '')),
    };
  };
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
