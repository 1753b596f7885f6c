/** The allowed folders themselves: whether the daemon sees what is in each, and what an operator should know of it. */

import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { cleanLine } from '../../base/clean-text.ts';
import { errnoOf, Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { isWithin } from '../../base/plain-path.ts';
import { type Mount, parseMountTable } from '../mount-table.ts';
import { parseGroupNames } from '../users.ts';
import { isKernels, placeOf } from './descriptors.ts';

export interface RootFinding {
  readonly root: string;
  /** False where nothing in it can be seen as it is. */
  readonly served: boolean;
  /** What follows the folder's name in a sentence, without its full stop. */
  readonly says: string;
  /** What the operator can do about it. */
  readonly mend?: string;
}

const groupHint = 'Give the daemon a group that may read it with server.groups; for logs that is adm.';

/** Everything to say of one allowed folder; nothing where all is as it looks. */
export function examineRoot(machine: MachineRoot, root: string): readonly RootFinding[] {
  const unserved = (says: string, mend?: string): readonly RootFinding[] => [
    { root, served: false, says, ...(mend !== undefined && { mend }) },
  ];
  let fd: number;
  try {
    fd = openSync(
      join(machine.root, root),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK,
    );
  } catch (thrown) {
    return unserved(...whyUnseen(machine, root, errnoOf(thrown)));
  }
  try {
    if (isKernels(fd)) return unserved('is in a file system of the kernel, and nothing there is shown');
    const real = readlinkSync(placeOf(fd));
    const mounts = mountsOf(machine);
    if (isPrivate(mounts, real)) return unserved(...privateTmp);
    return [
      ...(real === join(machine.root, root) ? [] : [`leads to ${cleanLine(real, 4096)}`]),
      ...boundFrom(mounts, real),
    ]
      .map((says): RootFinding => ({ root, served: true, says }))
      .concat(unreadableFiles(machine, fd, root));
  } finally {
    closeSync(fd);
  }
}

/** Why a question about an allowed folder gets no answer. */
export function rootProblem(machine: MachineRoot, root: string, cause: unknown): Problem {
  const [says, mend] = whyUnseen(machine, root, errnoOf(cause));
  return new Problem(errnoOf(cause) === 'ENOENT' ? 'not_found' : 'permission_denied', {
    detail: `The allowed folder ${root} ${says}.`,
    hint: mend,
    cause,
  });
}

const privateTmp = [
  'is the daemon’s own, not the host’s: systemd gives the service a /tmp and a /var/tmp of its own',
  'The drop-in files.conf shows it the host’s.',
] as const;

function whyUnseen(machine: MachineRoot, root: string, errno: string | undefined): readonly [string, string] {
  const settings = 'The operator names the folders in filesystem.allowed_paths.';
  if (errno === 'ENOENT') {
    return isPrivate(mountsOf(machine), root)
      ? ['does not exist in the daemon’s own /tmp', privateTmp[1]]
      : ['does not exist, or the daemon does not see it', settings];
  }
  if (errno === 'ENOTDIR') return ['is no directory', settings];
  if (errno === 'EACCES' || errno === 'EPERM') return ['may not be read by the daemon', groupHint];
  return [`cannot be opened (${errno ?? 'unknown error'})`, settings];
}

function mountsOf(machine: MachineRoot): readonly Mount[] {
  try {
    return parseMountTable(readFileSync(join(machine.proc, 'self/mountinfo'), 'utf8'));
  } catch {
    return [];
  }
}

/** systemd.exec(5) PrivateTmp=: a folder of the host's /tmp stands in the place of /tmp. */
const isPrivate = (mounts: readonly Mount[], path: string): boolean =>
  ['/tmp', '/var/tmp'].some(
    (place) =>
      isWithin(path, place) &&
      mounts.findLast(({ mountPoint }) => mountPoint === place)?.rootPath.includes('/systemd-private-') ===
        true,
  );

function boundFrom(mounts: readonly Mount[], real: string): readonly string[] {
  const mount = mounts.findLast(({ mountPoint }) => mountPoint === real);
  if (mount === undefined || mount.rootPath === '/' || mount.fsType === 'btrfs') return [];
  return [`is ${cleanLine(mount.rootPath, 1024)} of ${cleanLine(mount.device, 255)}, bound there`];
}

/** Enough to notice that files are out of reach. */
const mostLookedAt = 500;

/** A folder may be open to all and its files not: logs belong to the group adm. */
function unreadableFiles(machine: MachineRoot, fd: number, root: string): readonly RootFinding[] {
  const files = entriesOf(fd)
    .filter((entry) => entry.isFile())
    .slice(0, mostLookedAt);
  const kept = files.filter(({ name }) => !mayRead(`${placeOf(fd)}/${name}`));
  const [first] = kept;
  if (first === undefined) return [];
  const group = groupOf(machine, `${placeOf(fd)}/${first.name}`);
  return [
    {
      root,
      served: true,
      says: `has ${kept.length} of ${files.length} files that the daemon may not read`,
      mend:
        group === undefined
          ? groupHint
          : `${cleanLine(first.name, 255)} is of the group ${group}: give it to the daemon with server.groups.`,
    },
  ];
}

function entriesOf(fd: number): readonly Dirent[] {
  try {
    return readdirSync(placeOf(fd), { withFileTypes: true });
  } catch {
    return [];
  }
}

function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Absent where the group has no name here, or may not read it either. */
function groupOf(machine: MachineRoot, path: string): string | undefined {
  try {
    const { gid, mode } = lstatSync(path);
    if ((mode & constants.S_IRGRP) === 0 || gid === 0) return undefined;
    return parseGroupNames(readFileSync(join(machine.root, 'etc/group'), 'utf8')).get(gid);
  } catch {
    return undefined;
  }
}
