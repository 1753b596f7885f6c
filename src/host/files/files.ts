/**
 * The machine's files, inside the folders that may be seen. Every question goes to a worker of its own crew with a
 * deadline: what a dead disk or network mount holds up is that question, and nothing else on the machine.
 */

import { asProblem } from '../../base/errors.ts';
import type { Crew } from '../crew.ts';
import type { JobArguments, JobName, JobResult } from '../jobs.ts';
import type { Content, Part } from './content.ts';
import type { FileInfo, InfoWish } from './file-jobs.ts';
import type { Listing, ListingWish } from './listing.ts';
import { resultOf } from './outcome.ts';
import type { RootFinding } from './roots.ts';
import type { FileRules } from './rules.ts';
import type { Kind, Kinds, SearchContext, Searches } from './searches.ts';

/** All throw `arguments_invalid`, `path_refused`, `not_found`, `permission_denied`, `deadline_exceeded`, `unavailable`. */
export interface Files {
  info(path: string, wish: InfoWish): Promise<FileInfo>;
  list(path: string, wish: ListingWish): Promise<Listing>;
  read(path: string, part: Part): Promise<Content>;
  /** Each in a thread of its own, until its time is over or it is called off. */
  search<K extends Kind>(
    kind: K,
    wish: Kinds[K]['wish'],
    context: SearchContext,
  ): Promise<Kinds[K]['answer']>;
}

const deadlineMs = 5_000;

/** What an operator should know of the allowed folders, each asked by itself: one may be on a disk that is dead. */
export async function examineRoots(crew: Crew, { roots }: FileRules): Promise<readonly RootFinding[]> {
  const findings = await Promise.all(
    roots.map(async (root): Promise<readonly RootFinding[]> => {
      try {
        return await crew.run('examineRoot', [root], { deadlineMs });
      } catch (thrown) {
        return [{ root, served: false, says: `does not answer: ${asProblem(thrown).detail}` }];
      }
    }),
  );
  return findings.flat();
}

/** Who asks, as far as files are concerned. */
export interface FileReach {
  readonly narrowing?: { readonly fs?: readonly string[] };
}

export type FilesFor = (reach: FileReach) => Files;

/** @param settings asked anew at each question: a reload changes them */
export const openFiles =
  (crew: Crew, searches: Searches, settings: () => FileRules): FilesFor =>
  ({ narrowing }) =>
    filesOf(crew, searches, () => ({ ...settings(), within: narrowing?.fs }));

function filesOf(crew: Crew, searches: Searches, rules: () => FileRules): Files {
  const ask = async <N extends JobName>(name: N, args: JobArguments<N>): Promise<JobResult<N>> =>
    crew.run(name, args, { deadlineMs });
  return {
    info: async (path, wish) => resultOf(await ask('fileInfo', [rules(), path, wish])),
    list: async (path, wish) => resultOf(await ask('listFolder', [rules(), path, wish])),
    read: async (path, part) => resultOf(await ask('readContent', [rules(), path, part])),
    search: (kind, wish, context) => searches.run(kind, wish, rules(), context),
  };
}
