/**
 * Opens what the rules allow, and nothing else, whoever changes the folders meanwhile: each name is opened below the
 * descriptor of the folder before it (open(2), O_PATH | O_NOFOLLOW), so that no symbolic link is ever followed, and
 * what is read is the very file that was looked at.
 */

import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  opendirSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoOf, Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { nearest } from '../../base/nearest.ts';
import { quote } from '../../base/quote.ts';
import { namePatterns } from '../name-patterns.ts';
import { isKernels, placeOf } from './descriptors.ts';
import { rootProblem } from './roots.ts';
import { allow, type FileRules } from './rules.ts';

/** open(2), asm-generic: the same on x86-64 and arm64. Node.js has no name for it. */
const O_PATH = 0o10000000;

/** What was opened, good until `use` returns; its descriptor shows it but does not read it. */
export interface Opened {
  readonly fd: number;
  readonly path: string;
  readonly stats: BigIntStats;
  /** Where it leads, as it is written in it, if it is a symbolic link. */
  readonly target: string | undefined;
}

/** Throws `path_refused`, `not_found`, `permission_denied` or `unavailable`. */
export function withOpened<R>(
  machine: MachineRoot,
  rules: FileRules,
  given: string,
  use: (opened: Opened) => R,
): R {
  const { path, root, names } = allow(given, rules);
  let fd = openRoot(machine, root);
  try {
    let stats = look(fd, path);
    let target: string | undefined;
    for (const name of names) {
      if (stats.isSymbolicLink()) throw linkRefused(path);
      const next = openBelow(fd, name, path, rules);
      const folder = fd;
      fd = next;
      try {
        stats = look(fd, path);
        target = stats.isSymbolicLink() ? targetOf(folder, name) : undefined;
      } finally {
        closeSync(folder);
      }
    }
    return use({ fd, path, stats, target });
  } finally {
    closeSync(fd);
  }
}

/** Only shown, never followed; nothing where the link was changed for something else meanwhile. */
function targetOf(folder: number, name: string): string | undefined {
  try {
    return readlinkSync(`${placeOf(folder)}/${name}`);
  } catch {
    return undefined;
  }
}

/** The facts of what is open; refuses the kernel's own file systems, whose files answer differently to everyone. */
function look(fd: number, path: string): BigIntStats {
  const stats = fstatSync(fd, { bigint: true });
  if ((stats.isDirectory() || stats.isFile()) && isKernels(fd)) {
    throw new Problem('path_refused', { detail: `${quote(path)} is in a file system of the kernel.` });
  }
  return stats;
}

function openRoot(machine: MachineRoot, root: string): number {
  try {
    return openSync(join(machine.root, root), O_PATH | constants.O_DIRECTORY);
  } catch (thrown) {
    throw rootProblem(machine, root, thrown);
  }
}

function openBelow(folder: number, name: string, path: string, { deniedNames }: FileRules): number {
  try {
    return openSync(`${placeOf(folder)}/${name}`, O_PATH | constants.O_NOFOLLOW);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'ENAMETOOLONG') throw unreadable(path, thrown);
    const near = nearest(name, namesNear(folder, deniedNames));
    throw new Problem('not_found', {
      detail: `${quote(path)} does not exist.`,
      hint: near === undefined ? 'list_directory shows what is there.' : `Did you mean ${quote(near)}?`,
    });
  }
}

const mostNear = 1000;

/** Some names of a folder; none where it cannot be read. */
function namesNear(folder: number, deniedNames: readonly string[]): readonly string[] {
  const names: string[] = [];
  const isDenied = namePatterns(deniedNames);
  try {
    const entries = opendirSync(placeOf(folder));
    try {
      for (
        let entry = entries.readSync();
        entry !== null && names.length < mostNear;
        entry = entries.readSync()
      )
        if (!isDenied(entry.name)) names.push(entry.name);
    } finally {
      entries.closeSync();
    }
  } catch {
    return names;
  }
  return names;
}

/** Opens for reading the very thing that was looked at; never waits for the other side of a FIFO. */
export function withReadable<R>(opened: Opened, rules: FileRules, read: (fd: number) => R): R {
  const { path, stats } = opened;
  if (stats.isSymbolicLink()) throw linkRefused(path);
  if (!stats.isFile()) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} is no regular file, and only those are read.`,
      hint: 'get_file_info tells what it is.',
    });
  }
  if (stats.nlink > 1n && !rules.allowHardlinks) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} has ${stats.nlink} names (hard links), of which another may be kept back.`,
      hint: 'The operator allows such files with filesystem.allow_hardlinks.',
    });
  }
  let fd: number;
  try {
    fd = openSync(placeOf(opened.fd), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

/** Throws `path_refused` for what has nothing in it. */
export function mustBeDirectory({ path, stats }: Opened): void {
  if (stats.isDirectory()) return;
  throw new Problem('path_refused', {
    detail: `${quote(path)} is no directory.`,
    hint: 'get_file_info tells what it is; read_file reads a file.',
  });
}

const linkRefused = (path: string): Problem =>
  new Problem('path_refused', {
    detail: `${quote(path)} leads through a symbolic link, and none is followed.`,
    hint: 'get_file_info on the link tells where it leads; ask for that path itself.',
  });

/** Why something cannot be read, in words. */
export const unreadable = (path: string, cause: unknown): Problem =>
  ['EACCES', 'EPERM'].includes(errnoOf(cause) ?? '')
    ? new Problem('permission_denied', {
        detail: `The daemon may not read ${quote(path)}.`,
        hint: 'The operator can give it a group that may, for logs adm, with server.groups.',
        cause,
      })
    : new Problem('unavailable', { detail: `${quote(path)} cannot be read.`, cause });
