/**
 * What containers use, from the files of their cgroups and of their network, found by the pid of their main process
 * or, where that one is not seen, at the place where the engine makes cgroups; for the worker alone.
 */

import { join } from 'node:path';
import type { MachineRoot } from '../../base/machine-root.ts';
import { parseControllers } from '../cgroup-limits.ts';
import { textOf } from '../machine-facts.ts';
import { parseNetworkCounters } from '../network-counters.ts';
import { known } from '../rate.ts';
import { parseIoStat, parseKeyed, parseNumber, parseServiceBytes } from '../unit-resources.ts';

/** A running container, as much of it as it takes to find its figures. */
export interface FigureTarget {
  readonly id: string;
  readonly pid?: number;
  readonly cgroupParent?: string;
  /** Its network is the host's, and says nothing of it. */
  readonly hostNetwork: boolean;
}

/** Counters are since the container was started; absent is what the kernel does not account here. */
export interface FigureCounters {
  /** v2 cpu.stat usage_usec, v1 cpuacct.usage; microseconds of one core. */
  readonly cpuUs?: number;
  /** cpu.stat nr_periods and nr_throttled: enforcement periods of the quota, and in how many it was used up. */
  readonly periods?: number;
  readonly throttledPeriods?: number;
  /** cpu.stat throttled_usec or throttled_time. */
  readonly throttledMs?: number;
  /** In use without the page cache that could be dropped (inactive_file). */
  readonly memoryBytes?: number;
  readonly memoryLimitBytes?: number;
  readonly pids?: number;
  readonly pidsLimit?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  /** /proc/PID/net/dev without the loopback. */
  readonly receivedBytes?: number;
  readonly sentBytes?: number;
}

/** By the container's id; without what is not to be seen here. */
export type FigureReading = ReadonlyMap<string, FigureCounters>;

export function readFigures(machine: MachineRoot, targets: readonly FigureTarget[]): FigureReading {
  // cgroups(7): only the root of a unified hierarchy has it, and in the hybrid layout that one lies elsewhere.
  const isUnified = textOf(machine.sys, 'fs/cgroup', 'cgroup.controllers') !== undefined;
  return new Map(
    targets.flatMap((target) => {
      const counters = readOne(machine, target, isUnified);
      return counters === undefined ? [] : [[target.id, counters] as const];
    }),
  );
}

function readOne(machine: MachineRoot, target: FigureTarget, isUnified: boolean): FigureCounters | undefined {
  const place = placeOf(machine, target);
  const folder = join(machine.sys, 'fs/cgroup');
  const unified = (path: string) => (name: string) => textOf(folder, path, name);
  const legacy = (controller: string) => (name: string) => {
    const path = place(controller);
    return path === undefined ? undefined : textOf(folder, controller, path, name);
  };
  const v2 = isUnified ? place('') : undefined;
  const used = v2 === undefined ? ofLegacy(legacy) : ofUnified(unified(v2));
  if (used.cpuUs === undefined && used.memoryBytes === undefined) return undefined;
  return { ...used, ...networkOf(machine, target) };
}

type Place = (controller: string) => string | undefined;

/** The kernel says where a process is in each hierarchy; without a process the two places that engines use are tried. */
function placeOf(machine: MachineRoot, { id, pid, cgroupParent }: FigureTarget): Place {
  const said = pid === undefined ? undefined : textOf(machine.proc, String(pid), 'cgroup');
  if (said?.includes(id)) {
    const paths = parseControllers(said);
    return (controller) => paths.get(controller);
  }
  const candidates = [
    join('/', cgroupParent ?? 'system.slice', `docker-${id}.scope`),
    join('/', cgroupParent ?? 'docker', id),
  ];
  return (controller) =>
    candidates.find(
      (path) => textOf(machine.sys, 'fs/cgroup', controller, path, 'cgroup.procs') !== undefined,
    );
}

type Files = (name: string) => string | undefined;

function ofUnified(file: Files): FigureCounters {
  const cpu = parseKeyed(file('cpu.stat'));
  const io = parseIoStat(file('io.stat'));
  return known({
    cpuUs: cpu.get('usage_usec'),
    periods: cpu.get('nr_periods'),
    throttledPeriods: cpu.get('nr_throttled'),
    throttledMs: toMs(cpu.get('throttled_usec'), 1e3),
    memoryBytes: without(
      parseNumber(file('memory.current')),
      parseKeyed(file('memory.stat')),
      'inactive_file',
    ),
    memoryLimitBytes: parseNumber(file('memory.max')),
    pids: parseNumber(file('pids.current')),
    pidsLimit: parseNumber(file('pids.max')),
    readBytes: io?.readBytes,
    writtenBytes: io?.writtenBytes,
  });
}

/** In the hybrid layout as well: its unified hierarchy has no controllers. */
function ofLegacy(of: (controller: string) => Files): FigureCounters {
  const cpu = parseKeyed(of('cpu')('cpu.stat'));
  const memory = of('memory');
  const io = parseServiceBytes(of('blkio')('blkio.throttle.io_service_bytes'));
  const nanoseconds = parseNumber(of('cpuacct')('cpuacct.usage'));
  return known({
    cpuUs: nanoseconds === undefined ? undefined : Math.round(nanoseconds / 1000),
    periods: cpu.get('nr_periods'),
    throttledPeriods: cpu.get('nr_throttled'),
    throttledMs: toMs(cpu.get('throttled_time'), 1e6),
    memoryBytes: without(
      parseNumber(memory('memory.usage_in_bytes')),
      parseKeyed(memory('memory.stat')),
      'total_inactive_file',
    ),
    memoryLimitBytes: parseNumber(memory('memory.limit_in_bytes')),
    pids: parseNumber(of('pids')('pids.current')),
    pidsLimit: parseNumber(of('pids')('pids.max')),
    readBytes: io?.readBytes,
    writtenBytes: io?.writtenBytes,
  });
}

const toMs = (value: number | undefined, perMs: number): number | undefined =>
  value === undefined ? undefined : Math.round(value / perMs);

function without(
  used: number | undefined,
  stat: ReadonlyMap<string, number>,
  cache: string,
): number | undefined {
  return used === undefined ? undefined : Math.max(0, used - (stat.get(cache) ?? 0));
}

function networkOf(machine: MachineRoot, { pid, hostNetwork }: FigureTarget): FigureCounters {
  if (pid === undefined || hostNetwork) return {};
  const counters = parseNetworkCounters(textOf(machine.proc, String(pid), 'net/dev') ?? '');
  if (counters === undefined) return {};
  const real = [...counters].filter(([name]) => name !== 'lo').map(([, traffic]) => traffic);
  return {
    receivedBytes: real.reduce((sum, { received }) => sum + received.bytes, 0),
    sentBytes: real.reduce((sum, { sent }) => sum + sent.bytes, 0),
  };
}
