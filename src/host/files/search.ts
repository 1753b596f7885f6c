/** What all searches below a folder have in common: how they are asked, how they end early, and how they go on. */

import { cleanLine } from '../../base/clean-text.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { FileReader } from '../../base/file-reader.ts';
import { quote } from '../../base/quote.ts';
import { compileGlob } from './glob.ts';
import type { FileRules } from './rules.ts';
import { mustBeDirectory, type Opened } from './sandbox.ts';
import { type ChangeDirectory, pathBelow, shown, type Visit, type Walked, walk } from './walk.ts';

/** How far a search is, told now and then. */
export interface SearchProgress {
  readonly seen: number;
  /** The folder that it is in, below the one that was asked for. */
  readonly folder: string;
}

export interface SearchWish {
  readonly path: string;
  readonly crossFileSystems: boolean;
  /** Where a search before ended. */
  readonly cursor?: string | undefined;
  /** It ends by itself after so long, with what it has. */
  readonly timeMs: number;
}

/** What every answer tells of the way there. */
export interface Searched {
  readonly path: string;
  /** Entries that were looked at. */
  readonly seen: number;
  readonly denied: number;
  readonly unreadable: number;
  readonly otherFileSystems: number;
  /** `time`: its time was over before the end; `limit`: there is more than was asked for. */
  readonly ended: 'finished' | 'time' | 'limit';
  /** How far it came, where it was not to the end; and what goes on from there. */
  readonly reached?: string;
  readonly cursor?: string;
}

/** What a search asks of the kernel and Node.js does not offer, or not as fast. */
export interface SearchKernel extends FileReader {
  /** Absent where the thread has no working directory of its own. */
  readonly changeDirectory?: ChangeDirectory | undefined;
}

export interface SearchNeeds {
  readonly rules: FileRules;
  readonly progress: (progress: SearchProgress) => void;
  readonly clock?: Clock;
  readonly kernel: SearchKernel;
}

const progressEveryMs = 200;

/** In one folder there may be a million: the time is looked at now and then there too. */
const lookEvery = 1024;

/**
 * Goes through the folder until `visit` returns false, which stands for the limit, or the time is over.
 * Throws `path_refused` for what is no folder, `arguments_invalid` for a cursor that is none.
 */
export function search(
  opened: Opened,
  wish: SearchWish,
  { rules, progress, clock = systemClock, kernel }: SearchNeeds,
  visit: (entry: Visit, timeIsOver: () => boolean) => boolean,
  enter?: (folder: number, path: string) => void,
): Searched {
  mustBeDirectory(opened);
  const endMs = clock.monotonicMs() + wish.timeMs;
  let toldMs = clock.monotonicMs();
  let outOfTime = false;
  let reachedAbove = '';
  let reachedName = '';
  let visited = 0;
  const timeIsOver = (): boolean => {
    outOfTime ||= clock.monotonicMs() >= endMs;
    return outOfTime;
  };
  const walked: Walked = walk(opened, {
    rules,
    changeDirectory: kernel.changeDirectory,
    crossFileSystems: wish.crossFileSystems,
    after: wish.cursor === undefined ? undefined : pathOf(wish.cursor),
    visit(entry) {
      const goOn = visit(entry, timeIsOver);
      visited += 1;
      if (visited % lookEvery === 0) timeIsOver();
      // What went beyond the limit is for the next answer.
      if (goOn || outOfTime) {
        reachedAbove = entry.above;
        reachedName = entry.name;
      }
      return goOn && !outOfTime;
    },
    stop(seen, folder) {
      const now = clock.monotonicMs();
      if (now - toldMs >= progressEveryMs) {
        toldMs = now;
        progress({ seen, folder: cleanLine(shown(folder), 1024) });
      }
      return timeIsOver();
    },
    ...(enter && { enter }),
  });
  const { finished, ...counts } = walked;
  const reached = pathBelow(reachedAbove, reachedName);
  const ended = finished ? 'finished' : outOfTime ? 'time' : 'limit';
  return {
    path: opened.path,
    ...counts,
    ended,
    ...(!finished && reached !== '' && { reached: shown(reached), cursor: cursorOf(reached) }),
  };
}

/** Whether an entry is of those that a pattern asks for. */
export function entryMatcher(pattern: string, ignoreCase = false): (entry: Visit) => boolean {
  const glob = compileGlob(pattern, ignoreCase);
  return glob.of === 'name' ? ({ label }) => glob.matches(label) : ({ path }) => glob.matches(shown(path));
}

/** As people are shown what lies below the folder that was opened. */
export const shownBelow = ({ path: above }: Opened, path: string): string =>
  `${above === '/' ? '' : above}/${shown(path)}`;

export const cursorOf = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');

function pathOf(cursor: string): string {
  const path = Buffer.from(cursor, 'base64url').toString('latin1');
  if (cursorOf(path) === cursor && path !== '' && !path.split('/').some((name) => name === '')) return path;
  throw new Problem('arguments_invalid', {
    detail: `${quote(cursor)} is no cursor of a search.`,
    hint: 'Take the `cursor` of an answer as it stands, or leave it out to begin anew.',
  });
}
