/** The real mounts of the machine, read from its table: of what is bound from a disk, no file stands for the disk. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { type Mount, parseMountTable, realMounts } from './mount-table.ts';
import { isSeen } from './space.ts';

/** Throws the system's error where there is no table. */
export function readMountTable(machine: MachineRoot): readonly Mount[] {
  const hosts = textOf(machine.proc, '1/mountinfo');
  const table = hosts ?? readFileSync(join(machine.proc, 'self/mountinfo'), 'utf8');
  return realMounts(parseMountTable(table), (mount) => isFile(machine, mount));
}

/**
 * The kernel holds the inode of what is mounted in memory, so a local file system tells its kind without its disk; a
 * server is not asked, for it may be dead.
 */
function isFile(machine: MachineRoot, mount: Mount): boolean {
  const isLocal = mount.device.startsWith('/dev/') || mount.fsType === 'zfs';
  if (!isLocal || mount.fsType.startsWith('fuse')) return false;
  try {
    const place = statSync(join(machine.root, mount.mountPoint));
    return place.isFile() && (!machine.live || isSeen(mount, place));
  } catch {
    return false;
  }
}
