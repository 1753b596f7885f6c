/** Which paths may be seen at all, decided by their text alone: inside an allowed folder, and of no denied name. */

import { Problem } from '../../base/errors.ts';
import { isWithin, plainPath } from '../../base/plain-path.ts';
import { quote } from '../../base/quote.ts';
import { namePatterns } from '../name-patterns.ts';

/** What the settings say of files; plain data, so that it can go to a worker with each question. */
export interface FileRules {
  /** Absolute, normalized folders. */
  readonly roots: readonly string[];
  /** Paths to which the caller's token narrows what may be seen; absent where it does not. */
  readonly within?: readonly string[] | undefined;
  /** Names with `*` for anything; matched in any case against every part of a path below its allowed folder. */
  readonly deniedNames: readonly string[];
  readonly allowHardlinks: boolean;
  /** The most bytes of one file that one question reads or decompresses. */
  readonly maxBytes: number;
}

/** Where nobody said which files may be seen, none may. */
export const noFiles: FileRules = Object.freeze({
  roots: [],
  deniedNames: [],
  allowHardlinks: false,
  maxBytes: 0,
});

/** A path that the rules let pass: the allowed folder and the names below it. */
export interface AllowedPath {
  readonly path: string;
  readonly root: string;
  readonly names: readonly string[];
}

/** Throws `arguments_invalid` for what is no plain absolute path and `path_refused` for what the rules keep back. */
export function allow(given: string, { roots, within, deniedNames }: FileRules): AllowedPath {
  const path = plainPath(given);
  if (path === undefined) {
    throw new Problem('arguments_invalid', {
      detail: `${quote(given)} is no plain absolute path.`,
      hint: "A path begins with '/' and has neither '..' nor control characters in it.",
    });
  }
  if (within?.some((one) => isWithin(path, one)) === false) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} is nothing that this token may see.`,
      hint: `It is narrowed to ${within.join(', ')}.`,
    });
  }
  const [root] = roots.filter((one) => isWithin(path, one)).sort((a, b) => b.length - a.length);
  if (root === undefined) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} is in no folder that may be seen.`,
      hint:
        roots.length === 0
          ? 'The operator allows none: filesystem.allowed_paths is empty.'
          : `These may be seen: ${roots.join(', ')}. The operator names others in filesystem.allowed_paths.`,
    });
  }
  const names = path
    .slice(root === '/' ? 1 : root.length + 1)
    .split('/')
    .filter((name) => name !== '');
  if (names.some(namePatterns(deniedNames))) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} has a name that is kept back, whether it exists or not.`,
      hint: 'The operator lists such names in filesystem.denied_names.',
    });
  }
  return { path, root, names };
}
