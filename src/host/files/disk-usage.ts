/** What fills a folder: the blocks of all below it, as du(1) counts them. */

import { fstatSync, lstatSync, type Stats } from 'node:fs';
import type { Opened } from './sandbox.ts';
import { type Searched, type SearchNeeds, type SearchWish, search, shownBelow } from './search.ts';
import { attempt, forNode, type Visit } from './walk.ts';

export interface UsageWish extends SearchWish {
  /** Folders down to this level below the one that was asked for are told; all are counted. */
  readonly depth: number;
  readonly limit: number;
}

export interface Sizes {
  /** What it takes on the disk: stat(2), st_blocks. */
  readonly allocatedBytes: number;
  /** What it seems to hold: st_size; more than allocated where there are holes. */
  readonly apparentBytes: number;
}

export interface FolderUsage extends Sizes {
  readonly path: string;
  /** Everything below it but folders. */
  readonly files: number;
}

export interface FileUsage extends Sizes {
  readonly path: string;
}

export interface Usage extends Searched {
  /** All of it, the folder itself too. */
  readonly total: Omit<FolderUsage, 'path'> & { readonly folders: number };
  /** Largest first. */
  readonly folders: readonly FolderUsage[];
  readonly files: readonly FileUsage[];
  /** Names of files with several, counted once. */
  readonly furtherNames: number;
}

interface Sum {
  readonly path: string;
  allocatedBytes: number;
  apparentBytes: number;
  files: number;
}

const blockBytes = 512;

/** So many folders are told apart; what is below further ones counts for those above. */
const mostFolders = 100_000;

/** Throws as `search` does. */
export function diskUsage(opened: Opened, wish: UsageWish, needs: SearchNeeds): Usage {
  const device = Number(opened.stats.dev);
  const sums: Sum[] = [];
  /** The sums of the folders that the walk is in, outermost first. */
  const within: Sum[] = [];
  const files: FileUsage[] = [];
  const counted = new Set<string>();
  let folders = 0;
  let furtherNames = 0;

  const add = (
    to: readonly Sum[],
    { blocks, size }: Pick<Stats, 'blocks' | 'size'>,
    isFile: boolean,
  ): void => {
    for (const sum of to) {
      sum.allocatedBytes += blocks * blockBytes;
      sum.apparentBytes += size;
      if (isFile) sum.files += 1;
    }
  };

  const enter = (folder: number, path: string): void => {
    const level = path === '' ? 0 : path.split('/').length;
    within.length = Math.min(within.length, level);
    if (level > wish.depth || sums.length >= mostFolders) return;
    const sum = { path: shownBelow(opened, path), allocatedBytes: 0, apparentBytes: 0, files: 0 };
    sums.push(sum);
    within.push(sum);
    add([sum], fstatSync(folder), false);
  };

  const visit = ({ place, path, type }: Visit): boolean => {
    const stats = attempt(() => lstatSync(forNode(place)));
    // Where another file system is mounted, or what is gone meanwhile.
    if (stats === undefined || (stats.dev !== device && !wish.crossFileSystems)) return true;
    const isFolder = type === 'directory';
    if (!isFolder && stats.nlink > 1) {
      const inode = `${stats.dev}:${stats.ino}`;
      if (counted.has(inode)) {
        furtherNames += 1;
        return true;
      }
      counted.add(inode);
    }
    within.length = Math.min(within.length, path.split('/').length);
    add(within, stats, !isFolder);
    if (isFolder) folders += 1;
    else keepLargest(files, wish.limit, { path: shownBelow(opened, path), ...sizesOf(stats) });
    return true;
  };

  const searched = search(opened, wish, needs, visit, enter);
  const [top = emptySum, ...below] = sums;
  const { path: _, ...total } = top;
  return {
    ...searched,
    total: { ...total, folders: folders + 1 },
    folders: below.sort((a, b) => b.allocatedBytes - a.allocatedBytes).slice(0, wish.limit),
    files,
    furtherNames,
  };
}

const emptySum: Sum = { path: '', allocatedBytes: 0, apparentBytes: 0, files: 0 };

const sizesOf = ({ blocks, size }: Pick<Stats, 'blocks' | 'size'>): Sizes => ({
  allocatedBytes: blocks * blockBytes,
  apparentBytes: size,
});

/** The list stays sorted and short. */
function keepLargest(files: FileUsage[], most: number, file: FileUsage): void {
  const last = files.at(-1);
  if (files.length === most && last !== undefined && last.allocatedBytes >= file.allocatedBytes) return;
  const place = files.findIndex((one) => one.allocatedBytes < file.allocatedBytes);
  files.splice(place < 0 ? files.length : place, 0, file);
  if (files.length > most) files.pop();
}
