/** Which paths may be seen at all, decided by their text alone: inside an allowed folder, and of no denied name. */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';

/** What the settings say of files; plain data, so that it can go to a worker with each question. */
export interface FileRules {
  /** Absolute, normalized folders. */
  readonly roots: readonly string[];
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

/** Whether a name matches one of the patterns. */
export const isDenied = (name: string, patterns: readonly string[]): boolean => deniedNames(patterns)(name);

/**
 * The patterns made ready for many names. Takes time linear in the name for each `*`; less where they stand at the
 * beginning and the end alone, as they nearly always do.
 */
export function deniedNames(patterns: readonly string[]): (name: string) => boolean {
  const lower = patterns.map((pattern) => pattern.toLowerCase());
  const starred = (pattern: string) => pattern.includes('*');
  const whole = new Set(lower.filter((pattern) => !starred(pattern)));
  const starts = lower.filter((one) => one.indexOf('*') === one.length - 1).map((one) => one.slice(0, -1));
  const ends = lower.filter((one) => one.lastIndexOf('*') === 0 && one.length > 1).map((one) => one.slice(1));
  const inner = lower.filter(
    (one) => one.length > 2 && one.indexOf('*', 1) === one.length - 1 && one[0] === '*',
  );
  const parts = inner.map((one) => one.slice(1, -1));
  const others = lower.filter(
    (one) =>
      starred(one) && one.indexOf('*') < one.length - 1 && one.lastIndexOf('*') > 0 && !inner.includes(one),
  );
  return (name) => {
    const one = name.toLowerCase();
    return (
      whole.has(one) ||
      starts.some((start) => one.startsWith(start)) ||
      ends.some((end) => one.endsWith(end)) ||
      parts.some((part) => one.includes(part)) ||
      others.some((pattern) => matches(one, pattern))
    );
  };
}

function matches(name: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop() ?? '';
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

const below = (path: string, root: string): boolean =>
  root === '/' || path === root || path.startsWith(`${root}/`);

/** Throws `arguments_invalid` for what is no plain absolute path and `path_refused` for what the rules keep back. */
export function allow(given: string, { roots, deniedNames }: FileRules): AllowedPath {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (!given.startsWith('/') || parts.includes('..') || /[\u0000-\u001f\u007f-\u009f]/.test(given)) {
    throw new Problem('arguments_invalid', {
      detail: `${quote(given)} is no plain absolute path.`,
      hint: "A path begins with '/' and has neither '..' nor control characters in it.",
    });
  }
  const path = `/${parts.join('/')}`;
  const [root] = roots.filter((one) => below(path, one)).sort((a, b) => b.length - a.length);
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
  if (names.some((name) => isDenied(name, deniedNames))) {
    throw new Problem('path_refused', {
      detail: `${quote(path)} has a name that is kept back, whether it exists or not.`,
      hint: 'The operator lists such names in filesystem.denied_names.',
    });
  }
  return { path, root, names };
}
