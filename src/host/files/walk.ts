/**
 * Goes through a folder and all below it, in one order: by the bytes of the names, a folder before what is in it. Each
 * folder is opened in the one before it, by its descriptor or as the working directory, so that no link is followed, whoever
 * changes the tree meanwhile. For a thread of its own: it reads synchronously, and stops between two folders.
 */

import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync } from 'node:fs';
import { namePatterns } from '../name-patterns.ts';
import { isKernels, placeOf } from './descriptors.ts';
import { type FileType, typeOf } from './facts.ts';
import type { FileRules } from './rules.ts';
import type { Opened } from './sandbox.ts';

/** One entry, good until the visitor returns. Its name and its paths have a character for each byte. */
export interface Visit {
  readonly name: string;
  /** The name as people are shown it. */
  readonly label: string;
  readonly type: FileType;
  /** The path of the folder that it is in, below the one where the walk began. */
  readonly above: string;
  readonly path: string;
  /** For the kernel: in the folder that is open, whatever its path leads to by now. */
  readonly place: string;
}

/** Makes an open folder the working directory of this thread alone; false where it may not be passed through. */
export type ChangeDirectory = (folder: number) => boolean;

/** One for the whole walk, with paths only for those that ask: a tree has millions of them. */
class Entry implements Visit {
  name = '';
  label = '';
  type: FileType = 'file';
  above = '';
  folder = -1;
  readonly #places: Places;
  constructor(places: Places) {
    this.#places = places;
  }
  get path(): string {
    return pathBelow(this.above, this.name);
  }
  get place(): string {
    return this.#places.below(this.folder, this.name);
  }
}

export const pathBelow = (above: string, name: string): string => (above === '' ? name : `${above}/${name}`);

export interface WalkOptions {
  readonly rules: FileRules;
  /**
   * Names in a working directory take the kernel a third of the time of those below a descriptor in /proc. Absent where
   * the thread has none of its own.
   */
  readonly changeDirectory?: ChangeDirectory | undefined;
  readonly crossFileSystems: boolean;
  /** Entries up to this path are passed over: the path of a Visit before. */
  readonly after?: string | undefined;
  /** Told each entry; false ends the walk there. */
  readonly visit: (entry: Visit) => boolean;
  /** Asked before each folder; true ends the walk there. */
  readonly stop: (seen: number, folder: string) => boolean;
  /** Told the descriptor of each folder that is gone through, the first one too. */
  readonly enter?: (folder: number, path: string) => void;
}

export interface Walked {
  readonly seen: number;
  /** Names that are kept back. */
  readonly denied: number;
  /** Folders that cannot be read, or lie deeper than the walk goes. */
  readonly unreadable: number;
  /** Folders of other file systems that were left out. */
  readonly otherFileSystems: number;
  /** Whether it went through to the end. */
  readonly finished: boolean;
}

/** A descriptor is held open for each level. */
export const deepest = 200;

/** Fails for what has been changed for a link since. */
const flags = constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @param opened a folder that the rules allow. Throws the system's error where that one cannot be read. */
export function walk(opened: Opened, options: WalkOptions): Walked {
  const isDenied = namePatterns(options.rules.deniedNames);
  const device = Number(opened.stats.dev);
  const places = openPlaces(options.changeDirectory);
  const visited = new Entry(places);
  const state = { seen: 0, denied: 0, unreadable: 0, otherFileSystems: 0 };

  /** False where the walk has ended. */
  const goThrough = (
    folder: number,
    entries: readonly Dirent[],
    path: string,
    depth: number,
    [reached, ...below]: readonly string[],
  ): boolean => {
    options.enter?.(folder, path);
    for (const entry of entries) {
      const { name } = entry;
      const label = shown(name);
      if (isDenied(label)) {
        state.denied += 1;
        continue;
      }
      if (reached !== undefined && name < reached) continue;
      const isReached = name === reached;
      const type = typeOf(entry);
      if (!isReached) {
        state.seen += 1;
        visited.name = name;
        visited.label = label;
        visited.type = type;
        visited.above = path;
        visited.folder = folder;
        if (!options.visit(visited)) return false;
      }
      if (type !== 'directory') continue;
      if (!descend(folder, name, pathBelow(path, name), depth, isReached ? below : [])) return false;
    }
    return true;
  };

  const descend = (
    above: number,
    name: string,
    path: string,
    depth: number,
    after: readonly string[],
  ): boolean => {
    if (options.stop(state.seen, path)) return false;
    const folder =
      depth < deepest ? attempt(() => openSync(forNode(places.below(above, name)), flags)) : undefined;
    if (folder === undefined) {
      state.unreadable += 1;
      return true;
    }
    try {
      if (deviceOf(folder) !== device && (!options.crossFileSystems || isKernels(folder))) {
        state.otherFileSystems += 1;
        return true;
      }
      const entries = attempt(() => entriesOf(places.of(folder)));
      if (entries !== undefined) return goThrough(folder, entries, path, depth + 1, after);
      state.unreadable += 1;
      return true;
    } finally {
      places.close(folder);
    }
  };

  const folder = openSync(placeOf(opened.fd), flags & ~constants.O_NOFOLLOW);
  try {
    const entries = entriesOf(places.of(folder));
    const finished = goThrough(folder, entries, '', 1, options.after?.split('/') ?? []);
    return { ...state, finished };
  } finally {
    places.close(folder);
    places.leave();
  }
}

/** Where the kernel finds an open folder and the names in it, whatever its path leads to by now. */
interface Places {
  of(folder: number): string;
  /** @param name with a character for each byte */
  below(folder: number, name: string): string;
  close(folder: number): void;
  /** Holds no folder that was gone through: its file system may be unmounted. */
  leave(): void;
}

function openPlaces(changeDirectory: ChangeDirectory | undefined): Places {
  /** The folder that is the working directory, as long as it is open here. */
  let current: number | undefined;
  const isCurrent = (folder: number): boolean => {
    if (folder !== current) current = changeDirectory?.(folder) === true ? folder : undefined;
    return folder === current;
  };
  return {
    of: (folder) => (isCurrent(folder) ? '.' : placeOf(folder)),
    below: (folder, name) => (isCurrent(folder) ? name : `${placeOf(folder)}/${name}`),
    close(folder) {
      if (folder === current) current = undefined;
      closeSync(folder);
    },
    leave() {
      if (changeDirectory === undefined) return;
      const top = openSync('/', constants.O_DIRECTORY);
      changeDirectory(top);
      closeSync(top);
    },
  };
}

/** Undefined where it fails: because the tree changes meanwhile, or because this user may not. */
export function attempt<R>(open: () => R): R | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

const deviceOf = (fd: number): number => fstatSync(fd).dev;

/** A character for each byte: names that are no UTF-8 stay what they are, and sort by their bytes. */
function entriesOf(place: string): readonly Dirent[] {
  const entries = readdirSync(place, { withFileTypes: true, encoding: 'latin1' });
  // Node's own reader sorts them so already, which it nowhere promises.
  return isSorted(entries) ? entries : entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isSorted(entries: readonly Dirent[]): boolean {
  let last = '';
  for (const { name } of entries) {
    if (name < last) return false;
    last = name;
  }
  return true;
}

/** A place as Node.js takes it, which would write each character as UTF-8. */
export const forNode = (place: string): string | Buffer =>
  isAscii(place) ? place : Buffer.from(place, 'latin1');

/** What people are shown of such a name. */
export const shown = (name: string): string =>
  isAscii(name) ? name : Buffer.from(name, 'latin1').toString('utf8');

/** Asked of each name in a tree, which are too short for a pattern to be faster. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
