/** How full a file system is, by statfs(2). It may block for ever on a dead server: for the worker alone. */

import { readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import type { Mount } from './mount-table.ts';
import { percentOf } from './rate.ts';
import type { Reading } from './reading.ts';

/** Bytes and inodes as df(1) counts them: what is kept for root is neither used nor available. */
export interface Space {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  /** Of what an ordinary user could use. Absent for a file system without a size. */
  readonly usedPercent?: number;
  /** Absent where the file system makes inodes as it needs them. */
  readonly inodes?: number;
  readonly usedInodes?: number;
}

/** statfs(2), sizes in blocks. */
export interface StatFs {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly availableBlocks: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

export function spaceOf(stat: StatFs): Space {
  const used = stat.blocks - stat.freeBlocks;
  const usedPercent = percentOf(used, used + stat.availableBlocks);
  return {
    totalBytes: stat.blocks * stat.blockBytes,
    usedBytes: used * stat.blockBytes,
    availableBytes: stat.availableBlocks * stat.blockBytes,
    ...(usedPercent === undefined ? {} : { usedPercent }),
    ...(stat.inodes === 0 ? {} : { inodes: stat.inodes, usedInodes: stat.inodes - stat.freeInodes }),
  };
}

/** Asks for one mount. Throws the system's error. */
export function readSpace(machine: MachineRoot, mount: Mount): Reading<Space> {
  return machine.live ? askKernel(machine, mount) : askRecord(machine, mount);
}

/** These give each subvolume a device number of its own that the mount table doesn't show. */
const manyNumbers = new Set(['btrfs', 'bcachefs']);

function askKernel(machine: MachineRoot, mount: Mount): Reading<Space> {
  const path = join(machine.root, mount.mountPoint);
  if (!isSeen(mount, statSync(path))) {
    return { reason: 'hidden from the daemon by its own mount namespace' };
  }
  const stat = statfsSync(path);
  return {
    value: spaceOf({
      // Node.js has told frsize apart from bsize only since 24.
      blockBytes: (stat as { frsize?: number }).frsize ?? stat.bsize,
      blocks: stat.blocks,
      freeBlocks: stat.bfree,
      availableBlocks: stat.bavail,
      inodes: stat.files,
      freeInodes: stat.ffree,
    }),
  };
}

/** What was mounted after this process got a mount table of its own shows the folder beneath. */
export const isSeen = (mount: Mount, place: { readonly dev: number }): boolean =>
  manyNumbers.has(mount.fsType) || deviceNumber(place.dev) === mount.deviceNumber;

/** makedev(3): the older eight bits of each number lie lowest. */
function deviceNumber(dev: number): string {
  const number = BigInt(dev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

/** A frozen machine carries what statfs(2) said on it. */
function askRecord(machine: MachineRoot, mount: Mount): Reading<Space> {
  const stat = parseStatFs(readFileSync(join(machine.root, 'statfs'), 'utf8')).get(mount.mountPoint);
  return stat === undefined ? { reason: 'not on record' } : { value: spaceOf(stat) };
}

/** What `stat -f --format='%S %b %f %a %c %d %n' MOUNT …` printed, by mount point. */
export function parseStatFs(text: string): ReadonlyMap<string, StatFs> {
  const stats = new Map<string, StatFs>();
  for (const [, numbers = '', mountPoint = ''] of text.matchAll(/^((?:\d+ ){6})(.+)$/gm)) {
    const [blockBytes = 0, blocks = 0, freeBlocks = 0, availableBlocks = 0, inodes = 0, freeInodes = 0] =
      numbers.trim().split(' ').map(Number);
    stats.set(mountPoint, { blockBytes, blocks, freeBlocks, availableBlocks, inodes, freeInodes });
  }
  return stats;
}
