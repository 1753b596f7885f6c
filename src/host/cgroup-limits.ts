/** What the cgroups that a process is in allow it, the tightest of each kind from its own up to the root. */

import { dirname, join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { known } from './rate.ts';

/** Each is absent where nothing limits it. */
export interface CgroupLimits {
  /** `memory.max`, of version 1 `memory.limit_in_bytes`. */
  readonly memoryMaxBytes?: number;
  /** `cpu.max`, of version 1 `cpu.cfs_quota_us` by `cpu.cfs_period_us`. */
  readonly cpuMaxCores?: number;
  /** `pids.max`. */
  readonly pidsMax?: number;
}

/** Version 1 says `no limit` as the largest number of whole pages. */
const unlimitedBytes = 2 ** 62;

/** The text of a file with one number; undefined for `max` and anything that limits nothing. */
export function parseLimit(text: string): number | undefined {
  const number = /^\d+\s*$/.test(text) ? Number(text) : undefined;
  return number === undefined || number >= unlimitedBytes ? undefined : number;
}

/** Quota and period in microseconds, as in `cpu.max`; in cores, two decimals. */
export function parseCpuMax(text: string): number | undefined {
  const found = /^(\d+) (\d+)\s*$/.exec(text);
  return found === null ? undefined : Math.round((Number(found[1]) / Number(found[2])) * 100) / 100;
}

/** The path of the process below each controller of version 1, and below `''` of version 2. */
export function parseControllers(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [, controllers = '', path = ''] of text.matchAll(/^\d+:([^:\n]*):(\/.*)$/gm)) {
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  return paths;
}

/** @param cgroup the text of /proc/PID/cgroup. Undefined where not all of its cgroups show here. */
export function readCgroupLimits(machine: MachineRoot, cgroup: string): CgroupLimits | undefined {
  const paths = parseControllers(cgroup);
  const mount = join(machine.sys, 'fs/cgroup');
  const isSeen = (folder: string, path: string): boolean =>
    textOf(mount, folder, path, 'cgroup.procs') !== undefined;
  const folderOf = (controller: string): readonly [string, string] | undefined => {
    const old = paths.get(controller);
    if (old !== undefined) return isSeen(controller, old) ? [join(mount, controller), old] : undefined;
    const path = paths.get('');
    return path !== undefined && isSeen('', path) ? [mount, path] : undefined;
  };
  const folders = { memory: folderOf('memory'), cpu: folderOf('cpu'), pids: folderOf('pids') };
  if (Object.values(folders).includes(undefined)) return undefined;
  return known({
    memoryMaxBytes: tightest(folders.memory, (folder) =>
      parseLimit(textOf(folder, 'memory.max') ?? textOf(folder, 'memory.limit_in_bytes') ?? ''),
    ),
    cpuMaxCores: tightest(folders.cpu, (folder) => parseCpuMax(cpuMaxText(folder))),
    pidsMax: tightest(folders.pids, (folder) => parseLimit(textOf(folder, 'pids.max') ?? '')),
  });
}

const cpuMaxText = (folder: string): string =>
  textOf(folder, 'cpu.max') ??
  `${textOf(folder, 'cpu.cfs_quota_us')?.trim()} ${textOf(folder, 'cpu.cfs_period_us')?.trim()}`;

/** An outer cgroup limits what is in the inner ones too. */
function tightest(
  place: readonly [string, string] | undefined,
  limitOf: (folder: string) => number | undefined,
): number | undefined {
  if (place === undefined) return undefined;
  const [mount, path] = place;
  const found: number[] = [];
  for (let at = path; ; at = dirname(at)) {
    const limit = limitOf(join(mount, at));
    if (limit !== undefined) found.push(limit);
    if (at === '/' || at === '.') break;
  }
  return found.length === 0 ? undefined : Math.min(...found);
}
