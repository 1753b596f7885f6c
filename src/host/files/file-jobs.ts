/** What the worker is asked about files: each answer is the facts or a refusal in its own words. */

import type { MachineRoot } from '../../base/machine-root.ts';
import { readUserNames } from '../users.ts';
import { type Part, readContent } from './content.ts';
import { type FileFacts, factsOf } from './facts.ts';
import { type ListingWish, listFolder } from './listing.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { examineRoot } from './roots.ts';
import type { FileRules } from './rules.ts';
import { type Opened, withOpened } from './sandbox.ts';

export interface FileInfo extends FileFacts {
  readonly path: string;
  /** How many names (hard links) it has. */
  readonly names: number;
  /** Where a symbolic link leads, as it is written in it. */
  readonly target?: string;
}

/** The jobs of the worker. */
export const openFileJobs = (machine: MachineRoot) => {
  const on = <R>(rules: FileRules, path: string, use: (opened: Opened) => R): Outcome<R> =>
    outcomeOf(() => withOpened(machine, rules, path, use));
  return {
    examineRoot: (root: string) => examineRoot(machine, root),
    fileInfo: (rules: FileRules, path: string) => on(rules, path, (opened) => infoOf(machine, opened)),
    listFolder: (rules: FileRules, path: string, wish: ListingWish) =>
      on(rules, path, (opened) => listFolder(machine, opened, wish, rules)),
    readContent: (rules: FileRules, path: string, part: Part) =>
      on(rules, path, (opened) => readContent(opened, part, rules)),
  };
};

function infoOf(machine: MachineRoot, { path, stats, target }: Opened): FileInfo {
  const facts = { path, ...factsOf(stats, readUserNames(machine), machine), names: Number(stats.nlink) };
  return target === undefined ? facts : { ...facts, target };
}
