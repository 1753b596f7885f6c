/** What is in a folder, level by level, in bounded memory however much there is. */

import { closeSync, constants, lstatSync, opendirSync, openSync } from 'node:fs';
import { Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { quote } from '../../base/quote.ts';
import { namePatterns } from '../name-patterns.ts';
import { readUserNames } from '../users.ts';
import { isKernels, placeOf } from './descriptors.ts';
import { type FileFacts, type FileType, factsOf, typeOf } from './facts.ts';
import type { FileRules } from './rules.ts';
import { type Opened, unreadable } from './sandbox.ts';

export interface Entry extends Partial<FileFacts> {
  /** Below the folder that was asked for, e.g. `nginx/access.log`. */
  readonly name: string;
  readonly type: FileType;
}

export interface Listing {
  readonly path: string;
  readonly entries: readonly Entry[];
  /** How many were seen, those before and after the shown ones too. */
  readonly seen: number;
  /** Whether there are more than were looked at. */
  readonly more: boolean;
  /** Names that are kept back. */
  readonly denied: number;
  /** Folders below that cannot be read. */
  readonly unreadable: number;
}

export const sorts = ['name', 'size', 'modified'] as const;

export interface ListingWish {
  readonly depth: number;
  readonly sort: (typeof sorts)[number];
  readonly skip: number;
  readonly limit: number;
}

/** Each takes about 300 bytes while they are sorted. */
const mostLookedAt = 20_000;

interface Walk {
  readonly isDenied: (name: string) => boolean;
  readonly describe: (place: string) => FileFacts | undefined;
  readonly entries: Entry[];
  more: boolean;
  denied: number;
  unreadable: number;
}

/** Throws `path_refused` for what is no folder and `permission_denied`. */
export function listFolder(
  machine: MachineRoot,
  opened: Opened,
  wish: ListingWish,
  rules: FileRules,
): Listing {
  const { path, stats, fd } = opened;
  if (!stats.isDirectory()) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} is no directory.`,
      hint: 'get_file_info tells what it is; read_file reads a file.',
    });
  }
  const users = readUserNames(machine);
  const describe = (place: string) => {
    try {
      return factsOf(lstatSync(place, { bigint: true }), users, machine);
    } catch {
      // Gone meanwhile, of a name that is no UTF-8, or in a folder that shows its names alone.
      return undefined;
    }
  };
  const isDenied = namePatterns(rules.deniedNames);
  const walk: Walk = { isDenied, describe, entries: [], more: false, denied: 0, unreadable: 0 };
  try {
    collect(walk, fd, '', wish.depth);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  const { entries, more, denied } = walk;
  entries.sort(orders[wish.sort]);
  const shown = entries.slice(wish.skip, wish.skip + wish.limit);
  return { path, entries: shown, seen: entries.length, more, denied, unreadable: walk.unreadable };
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const orders: Readonly<Record<ListingWish['sort'], (a: Entry, b: Entry) => number>> = {
  name: byName,
  size: (a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || byName(a, b),
  modified: (a, b) => Date.parse(b.modifiedAt ?? '') - Date.parse(a.modifiedAt ?? '') || byName(a, b),
};

function collect(walk: Walk, folder: number, before: string, depth: number): void {
  const folders: string[] = [];
  const entries = opendirSync(placeOf(folder), { bufferSize: 256 });
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      if (walk.isDenied(entry.name)) {
        walk.denied += 1;
        continue;
      }
      if (walk.entries.length >= mostLookedAt) {
        walk.more = true;
        return;
      }
      const type = typeOf(entry);
      walk.entries.push({
        type,
        ...walk.describe(`${placeOf(folder)}/${entry.name}`),
        name: before + entry.name,
      });
      if (type === 'directory') folders.push(entry.name);
    }
  } finally {
    entries.closeSync();
  }
  if (depth > 1) for (const name of folders) descend(walk, folder, name, before, depth - 1);
}

/** The folder below may have been changed for a link since: then it is left out. */
function descend(walk: Walk, folder: number, name: string, before: string, depth: number): void {
  let fd: number | undefined;
  try {
    fd = openSync(
      `${placeOf(folder)}/${name}`,
      constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    if (!isKernels(fd)) collect(walk, fd, `${before}${name}/`, depth);
  } catch {
    walk.unreadable += 1;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
