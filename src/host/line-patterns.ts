/** Many lines as few patterns: what changes from line to line is masked, and what is left is counted. */

import { isoTime } from '../base/clock.ts';

export interface LinePattern {
  /** The line with `<…>` in place of what changes. */
  readonly pattern: string;
  readonly count: number;
  /** ISO 8601 UTC. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** The newest such line. */
  readonly sample: string;
}

export interface LinePatterns {
  /** @param line without secrets and control characters */
  add(line: string, atMs: number): void;
  /** Most frequent first, of equals the latest. */
  top(): LinePattern[];
  /** Lines beyond the most different patterns that are kept. */
  uncounted(): number;
}

const mostPatterns = 5000;
const longestLine = 512;

// One pass, no alternative of which can grow over what another one left: time in proportion to the line.
const changing = new RegExp(
  [
    '(?<quoted>"[^"\\n]{0,256}"|(?<!\\w)\'[^\'\\n]{0,256}\'(?!\\w))',
    '(?<secret>‹secret:[0-9a-f]{4}›)',
    '(?<uuid>\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b)',
    '(?<time>\\b\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?)',
    '(?<mac>\\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\\b)',
    '(?<clock>\\b\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?\\b(?!:))',
    '(?<ipv4>\\b\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d{1,5})?\\b)',
    '(?<ipv6>(?<![\\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\\w:]))',
    '(?<path>(?<![\\w/.])/[\\w.@%+:~-]{1,128}(?:/[\\w.@%+:~=-]{0,128}){0,32})',
    '(?<hex>\\b(?:0x[0-9a-f]{1,32}|(?=[a-f]{0,127}\\d)[0-9a-f]{7,128})\\b)',
    '(?<number>(?<![a-z_])[-+]?\\d{1,32}(?:\\.\\d{1,32})?)',
    '(?<digits>\\d{1,32})',
  ].join('|'),
  'gi',
);

/** In the order of the groups. */
const masks = [
  'quoted',
  'secret',
  'uuid',
  'time',
  'mac',
  'time',
  'address',
  'address',
  'path',
  'hex',
  'number',
  'number',
];

/** The pattern of a line: of its first 512 characters, in one line. */
export function patternOf(line: string): string {
  return line.slice(0, longestLine).replace(/\s+/g, ' ').replace(changing, mask);
}

function mask(whole: string, ...groups: readonly unknown[]): string {
  for (let at = 0; at < masks.length; at++) if (groups[at] !== undefined) return `<${masks[at]}>`;
  return whole;
}

interface Counted {
  count: number;
  firstMs: number;
  lastMs: number;
  sample: string;
}

export function openLinePatterns(): LinePatterns {
  const byPattern = new Map<string, Counted>();
  let beyond = 0;
  return {
    add(line, atMs) {
      const pattern = patternOf(line);
      const known = byPattern.get(pattern);
      if (known === undefined) {
        if (byPattern.size >= mostPatterns) beyond += 1;
        else byPattern.set(pattern, { count: 1, firstMs: atMs, lastMs: atMs, sample: line });
        return;
      }
      known.count += 1;
      known.firstMs = Math.min(known.firstMs, atMs);
      if (atMs <= known.lastMs) return;
      known.lastMs = atMs;
      known.sample = line;
    },
    top: () =>
      [...byPattern]
        .sort(([, a], [, b]) => b.count - a.count || b.lastMs - a.lastMs)
        .map(([pattern, { count, firstMs, lastMs, sample }]) => ({
          pattern,
          count,
          firstAt: isoTime(firstMs),
          lastAt: isoTime(lastMs),
          sample,
        })),
    uncounted: () => beyond,
  };
}
