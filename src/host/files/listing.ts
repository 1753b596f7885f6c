/** What is in a folder, level by level, a page at a time, in bounded memory however much there is. */

import { closeSync, constants, type Dirent, lstatSync, opendirSync, openSync } from 'node:fs';
import { type Clock, systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { fitting } from '../../base/fitting.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { quote } from '../../base/quote.ts';
import { namePatterns } from '../name-patterns.ts';
import { readUserNames } from '../users.ts';
import { isKernels, placeOf } from './descriptors.ts';
import { type FileFacts, type FileType, factsOf, typeOf } from './facts.ts';
import { openPage, type Page, type Place } from './listing-page.ts';
import type { FileRules } from './rules.ts';
import { mustBeDirectory, type Opened, unreadable } from './sandbox.ts';

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
  /** Whether its time was over before it had seen them all: then others may come before the shown ones. */
  readonly more: boolean;
  /** Goes on behind the last one shown; absent at the end. */
  readonly cursor?: string;
  /** Names that are kept back. */
  readonly denied: number;
  /** Folders below that cannot be read, or are too many. */
  readonly unreadable: number;
}

export const sorts = ['name', 'size', 'modified'] as const;
export type Sort = (typeof sorts)[number];

export interface ListingWish {
  readonly depth: number;
  readonly sort: Sort;
  /** Of the listing before, of the same order. */
  readonly cursor?: string | undefined;
  readonly limit: number;
  /** What goes beyond it is left to the next page. */
  readonly answerBytes: number;
}

/** Below the deadline of the question; a million names take about a second, a million sizes six. */
const longestMs = 3_500;

/** Folders of one folder that are gone into; their names are held meanwhile. */
const mostBelow = 20_000;

/** The time is looked at now and then. */
const lookEvery = 1024;

interface Walk {
  readonly isDenied: (name: string) => boolean;
  readonly describe: (place: string) => FileFacts | undefined;
  readonly sort: Sort;
  readonly page: Page<Entry>;
  readonly isLate: () => boolean;
  seen: number;
  more: boolean;
  denied: number;
  unreadable: number;
}

/** Throws `path_refused` for what is no folder, `arguments_invalid` for a cursor that is none, and `permission_denied`. */
export function listFolder(
  machine: MachineRoot,
  opened: Opened,
  wish: ListingWish,
  rules: FileRules,
  clock: Clock = systemClock,
): Listing {
  const { path, fd } = opened;
  mustBeDirectory(opened);
  const users = readUserNames(machine);
  const endMs = clock.monotonicMs() + longestMs;
  const walk: Walk = {
    isDenied: namePatterns(rules.deniedNames),
    describe(place) {
      try {
        return factsOf(lstatSync(place, { bigint: true }), users, machine);
      } catch {
        // Gone meanwhile, of a name that is no UTF-8, or in a folder that shows its names alone.
        return undefined;
      }
    },
    sort: wish.sort,
    page: openPage(wish.limit, wish.cursor === undefined ? undefined : placeIn(wish.cursor, wish.sort)),
    isLate: () => clock.monotonicMs() >= endMs,
    ...{ seen: 0, more: false, denied: 0, unreadable: 0 },
  };
  try {
    collect(walk, fd, '', wish.depth);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  const { seen, more, denied, page } = walk;
  const rows = page.rows();
  const entries = fitting(
    rows.map(({ entry }) => entry),
    wish.answerBytes,
  );
  const last = rows[entries.length - 1];
  return {
    path,
    entries,
    ...{ seen, more, denied, unreadable: walk.unreadable },
    ...(last !== undefined && page.after() > entries.length && { cursor: cursorOf(wish.sort, last.place) }),
  };
}

/** Smaller keys come first. */
const keys: Readonly<Record<Sort, (facts: FileFacts | undefined) => number>> = {
  name: () => 0,
  size: (facts) => -(facts?.sizeBytes ?? 0),
  modified: (facts) => -Date.parse(facts?.modifiedAt ?? '1970-01-01T00:00:00Z'),
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
      if (walk.seen % lookEvery === 0 && walk.seen > 0 && walk.isLate()) walk.more = true;
      if (walk.more) return;
      walk.seen += 1;
      take(walk, entry, placeOf(folder), before);
      if (depth === 1 || !entry.isDirectory()) continue;
      if (folders.length < mostBelow) folders.push(entry.name);
      else walk.unreadable += 1;
    }
  } finally {
    entries.closeSync();
  }
  for (const name of folders) if (!walk.more) descend(walk, folder, name, before, depth - 1);
}

/** In the order of names most entries are passed over by their name alone. */
function take({ sort, page, describe }: Walk, entry: Dirent, folder: string, before: string): void {
  const name = before + entry.name;
  const facts = () => describe(`${folder}/${entry.name}`);
  const known = sort === 'name' ? undefined : facts();
  page.offer({ key: keys[sort](known), name }, () => ({
    type: typeOf(entry),
    ...(known ?? facts()),
    name,
  }));
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

const cursorOf = (sort: Sort, { key, name }: Place): string =>
  Buffer.from(JSON.stringify([sort, key, name])).toString('base64url');

function placeIn(cursor: string, sort: Sort): Place {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    parts = undefined;
  }
  if (Array.isArray(parts) && parts.length === 3) {
    const [order, key, name] = parts;
    if (order === sort && Number.isSafeInteger(key) && typeof name === 'string') return { key, name };
  }
  throw new Problem('arguments_invalid', {
    detail: `${quote(cursor)} is no cursor of a listing sorted by ${sort}.`,
    hint: 'Take the `cursor` of an answer with the same `sort`, or leave it out to begin anew.',
  });
}
