/** What the worker is asked about files: each answer is the facts or a refusal in its own words. */

import { createHash } from 'node:crypto';
import { Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { quote } from '../../base/quote.ts';
import { readUserNames } from '../users.ts';
import { type Part, readContent } from './content.ts';
import { type FileFacts, factsOf } from './facts.ts';
import { type ListingWish, listFolder } from './listing.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { examineRoot } from './roots.ts';
import type { FileRules } from './rules.ts';
import { type Opened, withOpened, withReadable } from './sandbox.ts';
import { readAt } from './source.ts';

export interface FileInfo extends FileFacts {
  readonly path: string;
  /** How many names (hard links) it has. */
  readonly names: number;
  /** Where a symbolic link leads, as it is written in it. */
  readonly target?: string;
  /** Of the content, in hexadecimal. */
  readonly sha256?: string;
}

export interface InfoWish {
  /** Whether to read the content for its hash. */
  readonly hash: boolean;
}

/** The jobs of the worker. */
export const openFileJobs = (machine: MachineRoot) => {
  const on = <R>(rules: FileRules, path: string, use: (opened: Opened) => R): Outcome<R> =>
    outcomeOf(() => withOpened(machine, rules, path, use));
  return {
    examineRoot: (root: string) => examineRoot(machine, root),
    fileInfo: (rules: FileRules, path: string, wish: InfoWish) =>
      on(rules, path, (opened) => infoOf(machine, opened, wish, rules)),
    listFolder: (rules: FileRules, path: string, wish: ListingWish) =>
      on(rules, path, (opened) => listFolder(machine, opened, wish, rules)),
    readContent: (rules: FileRules, path: string, part: Part) =>
      on(rules, path, (opened) => readContent(opened, part, rules)),
  };
};

/** With a hash, throws `path_refused` as reading the content would. */
function infoOf(machine: MachineRoot, opened: Opened, { hash }: InfoWish, rules: FileRules): FileInfo {
  const { path, stats, target } = opened;
  return {
    path,
    ...factsOf(stats, readUserNames(machine), machine),
    names: Number(stats.nlink),
    ...(target !== undefined && { target }),
    ...(hash && { sha256: withReadable(opened, rules, (fd) => hashOf(fd, path, rules)) }),
  };
}

const blockBytes = 262_144;

function hashOf(fd: number, path: string, { maxBytes }: FileRules): string {
  const hash = createHash('sha256');
  let read = 0;
  for (let block = readAt(fd, 0, blockBytes); block.length > 0; block = readAt(fd, read, blockBytes)) {
    read += block.length;
    if (read > maxBytes) {
      throw new Problem('path_refused', {
        detail: `${quote(path)} has more than ${maxBytes} bytes to read for its hash.`,
        hint: 'Ask without `hash`, or the operator raises security.max_file_size.',
      });
    }
    hash.update(block);
  }
  return hash.digest('hex');
}
