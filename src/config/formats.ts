/**
 * The kinds of values that settings take: how each is written as text, what is valid, and the one form that is kept.
 * Knows no setting by name.
 */

import { isIP } from 'node:net';
import { normalize } from 'node:path';
import { parseDuration } from '../base/duration.ts';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';

export interface Format<T> {
  /** What is valid, in words for people. */
  readonly kind: string;
  /** What a text of the environment or the command line stands for; a text that stands for nothing comes back as it is. */
  fromText(text: string): unknown;
  /**
   * The value as it is kept. Throws `config_invalid`; its detail goes on after the setting's name ("must be …") and
   * repeats nothing that may be secret.
   */
  read(value: unknown): T;
}

/** Refuses a value; `what` goes on after the setting's name. */
export function refuseValue(what: string, hint?: string): never {
  throw new Problem('config_invalid', hint === undefined ? { detail: what } : { detail: what, hint });
}

export const didYouMean = (wrong: unknown, valid: Iterable<string>): string => {
  const near = typeof wrong === 'string' ? nearest(wrong, valid) : undefined;
  return near === undefined ? '' : `; did you mean '${near}'?`;
};

const asItIs = (text: string): string => text;

const truths = new Map([
  ['true', true],
  ['false', false],
]);

export const truth: Format<boolean> = {
  kind: 'true or false',
  fromText: (text) => truths.get(text.trim().toLowerCase()) ?? text,
  read: (value) => (typeof value === 'boolean' ? value : refuseValue('must be true or false')),
};

const digits = /^\d{1,16}$/;

const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;

/** A whole number within bounds, which are part of it. */
export function whole(least: number, most: number, unit = ''): Format<number> {
  const inUnit = unit === '' ? '' : ` ${unit}`;
  return {
    kind: `${least}–${most}${inUnit}`,
    fromText: (text) => (digits.test(text.trim()) ? Number(text) : text),
    read: (value) =>
      isWhole(value, least, most)
        ? value
        : refuseValue(`must be a whole number from ${least} to ${most}${unit === '' ? '' : `, in ${unit}`}`),
  };
}

/** A duration, kept in seconds. */
export function duration(least: number, most: number): Format<number> {
  return {
    kind: 'seconds, or e.g. 15m, 1h, 30d',
    fromText: asItIs,
    read(value) {
      const seconds = typeof value === 'string' ? parseDuration(value) : value;
      return isWhole(seconds, least, most)
        ? seconds
        : refuseValue(
            `must be a duration of ${least} to ${most} seconds, as a whole number or written as 15m, 1h, 30d`,
          );
    },
  };
}

/**
 * One of some words, in any case.
 * @param others further spellings, each with the word it stands for
 */
export function oneOf<const W extends string>(
  words: readonly W[],
  others: ReadonlyMap<string, W> = new Map(),
): Format<W> {
  return {
    kind: words.join(', '),
    fromText: asItIs,
    read(value) {
      const given = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
      const found = words.find((word) => word === given) ?? others.get(given ?? '');
      return found ?? refuseValue(`must be one of ${words.join(', ')}${didYouMean(given, words)}`);
    },
  };
}

/** A text of a shape. */
function shaped(kind: string, must: string, keep: (text: string) => string | undefined): Format<string> {
  return {
    kind,
    fromText: asItIs,
    read: (value) => (typeof value === 'string' ? keep(value) : undefined) ?? refuseValue(must),
  };
}

/** Several of a format; as text separated by commas. */
function listOf(kind: string, one: Format<string>, must: string): Format<readonly string[]> {
  return {
    kind,
    fromText: (text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    read(value) {
      if (!Array.isArray(value)) refuseValue(must);
      try {
        return [...new Set(value.map((entry) => one.read(entry)))];
      } catch (thrown) {
        if (thrown instanceof Problem) refuseValue(`${must}; each ${thrown.detail}`);
        throw thrown;
      }
    },
  };
}

const nameShape = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** A host name in lower case. What ends in a number is none: resolvers read `127.1` and `0` as addresses. */
const hostNameOf = (text: string): string | undefined => {
  const name = text.toLowerCase();
  return nameShape.test(name) && !/(^|\.)\d+$/.test(name) ? name : undefined;
};

export const address = shaped(
  'host name or IP address',
  'must be an IP address (0.0.0.0 or :: for all of them) or a host name, without a port',
  (text) => (isIP(text) === 0 ? hostNameOf(text) : text),
);

export const hostNames = listOf(
  'list of host names',
  shaped('host name', 'must be a name such as box.example.org, without a port', hostNameOf),
  'must be a list of host names',
);

// What useradd(8) takes at its loosest, and a numeric id.
const account = shaped('user name', 'must be the name of a user or group', (text) =>
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(text) ? text : undefined,
);

export const user = account;
export const groups = listOf('list of group names', account, 'must be a list of groups');

const absolutePath = (text: string): string | undefined => {
  // Control characters are refused, not stripped; `..` would make two spellings of one folder.
  const plain = text.startsWith('/') && !/[\0-\x1f\x7f]/.test(text) && !text.split('/').includes('..');
  return plain ? normalize(text).replace(/(?<=.)\/$/, '') : undefined;
};

const mustBePath = 'must be an absolute path without .. and control characters';

export const path = shaped('absolute path', mustBePath, absolutePath);

export const pathOrNothing = shaped(
  "absolute path, or '' for none",
  `${mustBePath}, or '' for none`,
  (text) => (text === '' ? '' : absolutePath(text)),
);

export const paths = listOf('list of absolute paths', path, 'must be a list of absolute paths');

export const namePatterns = listOf(
  'list of names with *',
  shaped('name with *', 'must be one name without / and control characters', (text) =>
    /^[^/\0-\x1f\x7f]{1,255}$/.test(text) ? text : undefined,
  ),
  'must be a list of names',
);

export const labels = listOf(
  'list of labels',
  shaped('label', 'must be a name or name=value without control characters', (text) =>
    /^[^=\0-\x1f\x7f]{1,255}(=[^\0-\x1f\x7f]{0,255})?$/.test(text) ? text : undefined,
  ),
  'must be a list of labels',
);
