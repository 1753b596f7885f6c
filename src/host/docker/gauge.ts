/**
 * The open files of one running container: those of its cgroups, found by the pid of its main process or, where that
 * one is not seen, at the place where the engine makes cgroups, and those of its network.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../../base/machine-root.ts';
import { parseControllers } from '../cgroup-limits.ts';
import { type KeptFolder, keepFolder } from '../kept-folder.ts';
import { textOf } from '../machine-facts.ts';
import { parseNetworkCounters } from '../network-counters.ts';
import { known } from '../rate.ts';
import { keyed, parseIoStat, parseNumber, parseServiceBytes } from '../unit-resources.ts';

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

export interface Gauge {
  /** Undefined where nothing is seen, or where the container is at another place by now. */
  read(): FigureCounters | undefined;
  close(): void;
}

export function openGauge(machine: MachineRoot, target: FigureTarget): Gauge {
  const mount = join(machine.sys, 'fs/cgroup');
  const process = openProcess(machine, target);
  const folders: KeptFolder[] = process === undefined ? [] : [process.folder];
  const filesOf = (controller: string): Files => {
    const path =
      process === undefined ? usualPlace(join(mount, controller), target) : process.paths.get(controller);
    if (path === undefined) return () => undefined;
    const folder = keepFolder(join(mount, controller, path));
    folders.push(folder);
    return folder.text;
  };
  // cgroups(7): only the root of a unified hierarchy has it, and in the hybrid layout that one lies elsewhere.
  const isUnified = existsSync(join(mount, 'cgroup.controllers'));
  const use = isUnified ? unifiedUse(filesOf('')) : legacyUse(filesOf);
  return {
    read() {
      if (process !== undefined && !process.isThere()) return undefined;
      const used = use();
      if (used.cpuUs === undefined && used.memoryBytes === undefined) return undefined;
      return process === undefined || target.hostNetwork ? used : { ...used, ...networkOf(machine, target) };
    },
    close() {
      for (const folder of folders) folder.close();
    },
  };
}

interface MainProcess {
  readonly folder: KeptFolder;
  /** Of its cgroup in each hierarchy. */
  readonly paths: ReadonlyMap<string, string>;
  isThere(): boolean;
}

/** Undefined where it is not seen, or another process has the number by now. */
function openProcess({ proc }: MachineRoot, { id, pid }: FigureTarget): MainProcess | undefined {
  const folder = keepFolder(join(proc, String(pid)));
  const said = folder.text('cgroup');
  if (said?.includes(id)) {
    return { folder, paths: parseControllers(said), isThere: () => folder.text('cgroup') === said };
  }
  folder.close();
  return undefined;
}

/** Of the two that engines use, below the mount of a hierarchy. */
const usualPlace = (hierarchy: string, { id, cgroupParent }: FigureTarget): string | undefined =>
  [join(cgroupParent ?? 'system.slice', `docker-${id}.scope`), join(cgroupParent ?? 'docker', id)].find(
    (path) => existsSync(join(hierarchy, path, 'cgroup.procs')),
  );

type Files = (name: string) => string | undefined;

const unifiedUse = (file: Files) => (): FigureCounters => {
  const cpu = file('cpu.stat');
  const io = parseIoStat(file('io.stat'));
  return known({
    cpuUs: keyed(cpu, 'usage_usec'),
    periods: keyed(cpu, 'nr_periods'),
    throttledPeriods: keyed(cpu, 'nr_throttled'),
    throttledMs: toMs(keyed(cpu, 'throttled_usec'), 1e3),
    memoryBytes: without(parseNumber(file('memory.current')), keyed(file('memory.stat'), 'inactive_file')),
    memoryLimitBytes: parseNumber(file('memory.max')),
    pids: parseNumber(file('pids.current')),
    pidsLimit: parseNumber(file('pids.max')),
    readBytes: io?.readBytes,
    writtenBytes: io?.writtenBytes,
  });
};

/** In the hybrid layout as well: its unified hierarchy has no controllers. */
function legacyUse(filesOf: (controller: string) => Files): () => FigureCounters {
  const cpuFile = filesOf('cpu');
  const usageFile = filesOf('cpuacct');
  const memoryFile = filesOf('memory');
  const pidsFile = filesOf('pids');
  const ioFile = filesOf('blkio');
  return () => {
    const cpu = cpuFile('cpu.stat');
    const io = parseServiceBytes(ioFile('blkio.throttle.io_service_bytes'));
    const nanoseconds = parseNumber(usageFile('cpuacct.usage'));
    return known({
      cpuUs: nanoseconds === undefined ? undefined : Math.round(nanoseconds / 1000),
      periods: keyed(cpu, 'nr_periods'),
      throttledPeriods: keyed(cpu, 'nr_throttled'),
      throttledMs: toMs(keyed(cpu, 'throttled_time'), 1e6),
      memoryBytes: without(
        parseNumber(memoryFile('memory.usage_in_bytes')),
        keyed(memoryFile('memory.stat'), 'total_inactive_file'),
      ),
      memoryLimitBytes: parseNumber(memoryFile('memory.limit_in_bytes')),
      pids: parseNumber(pidsFile('pids.current')),
      pidsLimit: parseNumber(pidsFile('pids.max')),
      readBytes: io?.readBytes,
      writtenBytes: io?.writtenBytes,
    });
  };
}

const toMs = (value: number | undefined, perMs: number): number | undefined =>
  value === undefined ? undefined : Math.round(value / perMs);

const without = (used: number | undefined, cache = 0): number | undefined =>
  used === undefined ? undefined : Math.max(0, used - cache);

/** Opened anew each time: an open file of a network keeps the network itself alive. */
function networkOf(machine: MachineRoot, { pid }: FigureTarget): FigureCounters {
  const counters = parseNetworkCounters(textOf(machine.proc, String(pid), 'net/dev') ?? '');
  if (counters === undefined) return {};
  const real = [...counters].filter(([name]) => name !== 'lo').map(([, traffic]) => traffic);
  return {
    receivedBytes: real.reduce((sum, { received }) => sum + received.bytes, 0),
    sentBytes: real.reduce((sum, { sent }) => sum + sent.bytes, 0),
  };
}
