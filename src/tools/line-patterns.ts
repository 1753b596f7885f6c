/** What many lines are about, as the tools that read logs say it. */

import { cleanLine } from '../base/clean-text.ts';
import { fitting } from '../base/fitting.ts';
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

/** The most frequent patterns that fit, at most `limit` of them. */
export const topPatterns = (all: readonly LinePattern[], limit: number, mostBytes: number): LinePattern[] =>
  fitting(
    all.slice(0, limit).map((one) => ({ ...one, sample: cleanLine(one.sample, longestSample) })),
    mostBytes,
  );
