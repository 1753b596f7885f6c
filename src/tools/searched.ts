/** What every search through folders is asked, and what it tells of its way. */

import { cleanLine } from '../base/clean-text.ts';
import type { Searched } from '../host/files/search.ts';
import type { SearchContext } from '../host/files/searches.ts';
import { count, flag, maybe, text, untrusted } from './schema.ts';
import type { ToolContext } from './tool.ts';

/** A search that has not ended by then is cut off by the call's deadline, and ends by itself before. */
export const searchLimits = { ms: 30_000 } as const;
const longestSeconds = 25;
const usualSeconds = 10;

export const searchInput = {
  path: text('Absolute path of the folder', 4096),
  crossFileSystems: maybe(flag('Others too')),
  seconds: maybe(count(`Most seconds; ${usualSeconds} if absent`, 1, longestSeconds)),
};

export const cursorInput = maybe(text('Of an answer', 16_384));

export const searchOutput = {
  host: text('The host that answers', 255),
  path: untrusted('Where it was searched', 4096),
  seen: count('Entries looked at'),
  kept: maybe(count('Names kept back by filesystem.denied_names')),
  unreadable: maybe(count('Folders that cannot be read, or lie too deep')),
  otherFileSystems: maybe(count('Folders of other file systems left out; crossFileSystems goes there')),
};

export const cursorOutput = maybe(text('Goes on from here, as `cursor`', 16_384));

/** What the search is handed of a call. */
export const searchWish = (args: { path: string; crossFileSystems?: boolean; seconds?: number }) => ({
  path: args.path,
  crossFileSystems: args.crossFileSystems ?? false,
  timeMs: (args.seconds ?? usualSeconds) * 1000,
});

export const searchContext = ({ signal, progress }: ToolContext): SearchContext => ({
  signal,
  progress: ({ seen, folder }) => progress(seen, undefined, `${seen} entries seen, now in ${folder}`),
});

/** The members of `searchOutput`. */
export const wayOf = ({ path, seen, denied, unreadable, otherFileSystems }: Searched) => ({
  path: cleanLine(path, 4096),
  seen,
  ...(denied > 0 && { kept: denied }),
  ...(unreadable > 0 && { unreadable }),
  ...(otherFileSystems > 0 && { otherFileSystems }),
});

/** Where it did not come to the end: what is shown, and how to get the rest. */
export function unfinished({ ended, reached }: Searched, shown: number, rest: string) {
  if (ended === 'finished') return {};
  const far = reached === undefined ? '' : ` It came as far as ${cleanLine(reached, 200)}.`;
  return {
    truncated: {
      shown,
      atLeast: ended === 'limit' ? shown + 1 : shown,
      how: ended === 'limit' ? rest : `Its time was over.${far} ${rest}`,
    },
  };
}
