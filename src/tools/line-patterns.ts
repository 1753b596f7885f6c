/** What many lines are about, as the tools that read logs say it. */

import { cleanLine } from '../base/clean-text.ts';
import type { LinePattern } from '../host/line-patterns.ts';
import { count, record, time, untrusted } from './schema.ts';

export const pattern = record({
  pattern: untrusted('The line with <…> for what changes', 1024),
  count: count('How many lines', 1),
  firstAt: time('Oldest of them'),
  lastAt: time('Newest of them'),
  sample: untrusted('The newest line', 512),
});

const longestSample = 300;

/** The first of the rows that take at most so many bytes as JSON, and one at least. */
export function fitting<T>(rows: Iterable<T>, mostBytes: number): T[] {
  const shown: T[] = [];
  let left = mostBytes;
  for (const row of rows) {
    left -= Buffer.byteLength(JSON.stringify(row)) + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(row);
  }
  return shown;
}

/** The most frequent patterns that fit, at most `limit` of them. */
export const topPatterns = (all: readonly LinePattern[], limit: number, mostBytes: number): LinePattern[] =>
  fitting(
    all.slice(0, limit).map((one) => ({ ...one, sample: cleanLine(one.sample, longestSample) })),
    mostBytes,
  );
