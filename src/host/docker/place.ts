/** Where the kernel keeps a running container: its control group, its unit, its processes; for the worker alone. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../../base/machine-root.ts';
import { belonging, parseCgroupPath } from '../cgroup.ts';
import { parseControllers } from '../cgroup-limits.ts';
import { textOf } from '../machine-facts.ts';
import { known } from '../rate.ts';

/** Empty where it is not seen here. */
export interface ContainerPlace {
  readonly cgroup?: string;
  readonly unit?: string;
  /** All of its processes, in the numbers of this host, the lowest first. */
  readonly pids?: readonly number[];
}

/** A container with a systemd of its own has some hundred. */
const mostFolders = 1_000;

export function readPlace(machine: MachineRoot, id: string, pid: number): ContainerPlace {
  const said = textOf(machine.proc, String(pid), 'cgroup') ?? '';
  // Another process may have the number by now.
  if (!said.includes(id)) return {};
  const cgroup = parseCgroupPath(said);
  const folder = folderOf(join(machine.sys, 'fs/cgroup'), said);
  const pids = folder === undefined ? [] : pidsBelow(folder);
  return {
    cgroup,
    ...known({ unit: belonging(cgroup).unit, pids: pids.length === 0 ? undefined : pids }),
  };
}

/** Of a hierarchy in which every process is in a group of its own container. */
function folderOf(mount: string, said: string): string | undefined {
  const paths = parseControllers(said);
  const controller = existsSync(join(mount, 'cgroup.controllers'))
    ? ''
    : ['pids', 'memory', 'cpu'].find((name) => paths.has(name));
  const path = controller === undefined ? undefined : paths.get(controller);
  return path === undefined ? undefined : join(mount, controller ?? '', path);
}

/** What runs in a container may make groups below its own. */
function pidsBelow(folder: string): number[] {
  const pids = new Set<number>();
  const folders = [folder];
  for (let at = 0; at < folders.length && at < mostFolders; at++) {
    const place = folders[at] ?? '';
    for (const line of (textOf(place, 'cgroup.procs') ?? '').split('\n'))
      if (line !== '') pids.add(Number(line));
    folders.push(...foldersIn(place).map((name) => join(place, name)));
  }
  // 0 is a process that this daemon's own namespace does not show.
  pids.delete(0);
  return [...pids].sort((a, b) => a - b);
}

function foldersIn(place: string): string[] {
  try {
    const entries = readdirSync(place, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
