/** From many rows to one: the least, the mean and the most of each series. */

import { type OpenTier, writeRow } from './recorder-files.ts';
import { readRows, slotAt, type Tier } from './recorder-format.ts';
import { seriesNames } from './recorder-series.ts';

/** What several rows come to. NaN is no value, and does not count. */
export interface Fold {
  /** How many samples there were. */
  samples: number;
  readonly least: Float64Array;
  readonly sum: Float64Array;
  /** Samples that had a value. */
  readonly weight: Float64Array;
  readonly most: Float64Array;
}

export function emptyFold(): Fold {
  const width = seriesNames.length;
  return {
    samples: 0,
    least: new Float64Array(width).fill(Number.POSITIVE_INFINITY),
    sum: new Float64Array(width),
    weight: new Float64Array(width),
    most: new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
  };
}

/** Adds a row of either form. A mean weighs as much as the samples it stands for. */
export function addRow(fold: Fold, samples: number, values: Float32Array): void {
  const width = seriesNames.length;
  const [mean, most] = values.length === width ? [0, 0] : [width, 2 * width];
  fold.samples += samples;
  for (let i = 0; i < width; i++) {
    const value = values[mean + i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    fold.sum[i] = (fold.sum[i] ?? 0) + value * samples;
    fold.weight[i] = (fold.weight[i] ?? 0) + samples;
    fold.least[i] = Math.min(fold.least[i] ?? 0, values[i] ?? value);
    fold.most[i] = Math.max(fold.most[i] ?? 0, values[most + i] ?? value);
  }
}

/** The values of a coarser row. */
function foldedValues(fold: Fold): Float32Array {
  const width = seriesNames.length;
  const values = new Float32Array(3 * width).fill(Number.NaN);
  for (let i = 0; i < width; i++) {
    const weight = fold.weight[i] ?? 0;
    if (weight === 0) continue;
    values[i] = fold.least[i] ?? Number.NaN;
    values[width + i] = (fold.sum[i] ?? 0) / weight;
    values[2 * width + i] = fold.most[i] ?? Number.NaN;
  }
  return values;
}

/**
 * The slot of a coarser tier made anew from the samples; undefined where there are none.
 * @param newest the last slot of the samples that counts
 */
export function foldSlot(
  fd: number,
  samples: Tier,
  tier: Tier,
  slot: number,
  newest = Number.POSITIVE_INFINITY,
): Fold | undefined {
  const fold = emptyFold();
  const first = slot * tier.samplesPerSlot;
  const last = Math.min(first + tier.samplesPerSlot - 1, newest);
  readRows(fd, samples, first, last, (_, count, values) => addRow(fold, count, values));
  return fold.samples === 0 ? undefined : fold;
}

/** Makes the slot of a coarser tier anew and writes it down, where there are samples of it. */
export function writeFold(samples: OpenTier, coarser: OpenTier, slot: number): void {
  const fold = foldSlot(samples.fd, samples.tier, coarser.tier, slot);
  if (fold !== undefined) writeRow(coarser, slot, fold.samples, foldedValues(fold));
}

/** The coarser slots that samples still exist for, the one of `nowMs` left out. */
export function foldableSlots(samples: Tier, tier: Tier, nowMs: number): { first: number; last: number } {
  const oldest = slotAt(samples, nowMs) - samples.rows + 1;
  return { first: Math.ceil(oldest / tier.samplesPerSlot), last: slotAt(tier, nowMs) - 1 };
}
