/**
 * Which processes hold which sockets, from the links in /proc/PID/fd. Tens of thousands of links on a busy machine:
 * for the worker. Another user's descriptors can't be read without privilege (proc_pid_fd(5)).
 */

import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cleanLine } from '../base/clean-text.ts';
import { errnoOf } from '../base/errors.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { type Belonging, belonging, parseCgroupPath } from './cgroup.ts';
import { textOf } from './machine-facts.ts';

export interface SocketOwners {
  /** Process ids by inode, in ascending order. */
  readonly pids: ReadonlyMap<number, readonly number[]>;
  /** How many processes there are whose descriptors may not be read. */
  readonly hiddenProcesses: number;
}

export interface Holder extends Belonging {
  readonly pid: number;
  /** comm: at most 15 bytes. Absent for a process that has ended since. */
  readonly name?: string;
}

/** Every process in ascending order. */
export const processIds = (machine: MachineRoot): readonly number[] =>
  readdirSync(machine.proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

/** Goes through the descriptors of all processes. A process or descriptor that ends meanwhile is none. */
export function readSocketOwners(machine: MachineRoot): SocketOwners {
  const pids = new Map<number, number[]>();
  let hiddenProcesses = 0;
  for (const pid of processIds(machine)) {
    try {
      for (const inode of socketsOf(join(machine.proc, String(pid), 'fd'))) {
        const holders = pids.get(inode);
        if (holders === undefined) pids.set(inode, [pid]);
        else if (holders.at(-1) !== pid) holders.push(pid);
      }
    } catch (thrown) {
      if (!isGone(thrown)) hiddenProcesses += 1;
    }
  }
  return { pids, hiddenProcesses };
}

function* socketsOf(folder: string): Generator<number> {
  for (const fd of readdirSync(folder)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1];
      if (inode !== undefined) yield Number(inode);
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
    }
  }
}

const isGone = (thrown: unknown): boolean => ['ENOENT', 'ESRCH'].includes(errnoOf(thrown) ?? '');

/** Name, unit and container of one process. */
export function readHolder(machine: MachineRoot, pid: number): Holder {
  const folder = join(machine.proc, String(pid));
  const name = processName(machine, pid);
  const { unit, containerId } = belonging(parseCgroupPath(textOf(folder, 'cgroup') ?? ''));
  return {
    pid,
    ...(name === undefined ? {} : { name: cleanLine(name, 64) }),
    ...(unit === undefined ? {} : { unit: cleanLine(unit, 255) }),
    ...(containerId === undefined ? {} : { containerId }),
  };
}

/** The name in /proc/PID/stat, which every user may read; it may hold brackets. */
export const processName = (machine: MachineRoot, pid: number): string | undefined =>
  /^\d+ \((.*)\) [A-Za-z] /s.exec(textOf(machine.proc, String(pid), 'stat') ?? '')?.[1];
