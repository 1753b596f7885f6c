/**
 * The machine's files, inside the folders that may be seen. Every question goes to a worker of its own crew with a
 * deadline: what a dead disk or network mount holds up is that question, and nothing else on the machine.
 */

import { Problem } from '../../base/errors.ts';
import type { Crew } from '../crew.ts';
import type { JobArguments, JobName, JobResult } from '../jobs.ts';
import type { Content, Part } from './content.ts';
import type { FileInfo, Outcome } from './file-jobs.ts';
import type { Listing, ListingWish } from './listing.ts';
import type { FileRules } from './rules.ts';

/** All throw `arguments_invalid`, `path_refused`, `not_found`, `permission_denied`, `deadline_exceeded`, `unavailable`. */
export interface Files {
  info(path: string): Promise<FileInfo>;
  list(path: string, wish: ListingWish): Promise<Listing>;
  read(path: string, part: Part): Promise<Content>;
}

const deadlineMs = 5_000;

/** @param rules asked anew at each question: a reload changes them */
export function openFiles(crew: Crew, rules: () => FileRules): Files {
  const ask = async <N extends JobName>(name: N, args: JobArguments<N>): Promise<JobResult<N>> =>
    crew.run(name, args, { deadlineMs });
  const result = <R>(outcome: Outcome<R>): R => {
    if ('result' in outcome) return outcome.result;
    const { refused, detail, hint, cause } = outcome;
    throw new Problem(refused, { detail, cause, ...(hint === undefined ? {} : { hint }) });
  };
  return {
    info: async (path) => result(await ask('fileInfo', [rules(), path])),
    list: async (path, wish) => result(await ask('listFolder', [rules(), path, wish])),
    read: async (path, part) => result(await ask('readContent', [rules(), path, part])),
  };
}
