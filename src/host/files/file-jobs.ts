/** What the worker is asked about files: each answer is the facts or a refusal in its own words. */

import { type ErrorCode, errnoOf, Problem } from '../../base/errors.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import { readUserNames } from '../users.ts';
import { type Part, readContent } from './content.ts';
import { type FileFacts, factsOf } from './facts.ts';
import { type ListingWish, listFolder } from './listing.ts';
import type { FileRules } from './rules.ts';
import { type Opened, withOpened } from './sandbox.ts';

export interface FileInfo extends FileFacts {
  readonly path: string;
  /** How many names (hard links) it has. */
  readonly names: number;
  /** Where a symbolic link leads, as it is written in it. */
  readonly target?: string;
}

/** A refusal on its way between threads, where a Problem would lose its words. */
export type Outcome<R> =
  | { readonly result: R }
  | {
      readonly refused: ErrorCode;
      readonly detail: string;
      readonly hint: string | undefined;
      readonly cause: string;
    };

const attempt = <R>(work: () => R): Outcome<R> => {
  try {
    return { result: work() };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const { code, detail, hint, cause } = thrown;
    return { refused: code, detail, hint, cause: errnoOf(cause) ?? '' };
  }
};

/** The jobs of the worker. */
export const openFileJobs = (machine: MachineRoot) => {
  const on = <R>(rules: FileRules, path: string, use: (opened: Opened) => R): Outcome<R> =>
    attempt(() => withOpened(machine, rules, path, use));
  return {
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
