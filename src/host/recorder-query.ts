/**
 * Answers from the recorder's files. They are opened for each question and read alone, so that whoever may read them
 * can ask. 400 days are 10 MB from a disk that may be slow: for the worker.
 */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { addRow, emptyFold, type Fold, foldSlot } from './recorder-fold.ts';
import {
  type HistorySettings,
  headerBytes,
  headerOf,
  readRows,
  slotAt,
  type Tier,
  tiersIn,
} from './recorder-format.ts';

export interface HistoryQuestion {
  readonly folder: string;
  readonly settings: HistorySettings;
  /** Indices of the series. */
  readonly series: readonly number[];
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly mostBuckets: number;
}

/** One bucket. Undefined stands where a series has no value. */
export interface Bucket {
  /** Samples that are in it; with none it is a gap. */
  readonly samples: number;
  readonly values: readonly ({ min: number; mean: number; max: number } | undefined)[];
}

export interface HistoryAnswer {
  /** Between the rows that were read. */
  readonly rowSeconds: number;
  readonly bucketSeconds: number;
  /** Of the first bucket; the others follow without a break. */
  readonly fromMs: number;
  readonly buckets: readonly Bucket[];
}

/** The question in slots of the tier that answers it. */
interface Plan {
  readonly tier: Tier;
  readonly first: number;
  readonly last: number;
  readonly slotsPerBucket: number;
}

/** Of fewer slots none is left out. */
const fewSlots = 10;

/** The coarsest tier that is as fine as the buckets, unless it takes a coarser one to reach back so far. */
export function planFor(tiers: readonly Tier[], question: HistoryQuestion): Plan {
  const { sinceMs, untilMs, nowMs, mostBuckets } = question;
  const bucketSeconds = (untilMs - sinceMs) / 1000 / mostBuckets;
  const reaches = (tier: Tier): boolean => slotAt(tier, sinceMs) > slotAt(tier, nowMs) - tier.rows;
  const candidates = tiers.filter(reaches);
  const usable = candidates.length > 0 ? candidates : tiers.slice(-1);
  const fine = usable.filter((tier) => tier.intervalSeconds <= bucketSeconds);
  const tier = fine.at(-1) ?? (usable[0] as Tier);
  const begin = slotAt(tier, sinceMs);
  const last = slotAt(tier, Math.max(sinceMs, Math.min(untilMs, nowMs) - 1));
  const even = Math.ceil((untilMs - sinceMs) / 1000 / tier.intervalSeconds / mostBuckets);
  // A day in 24 buckets is to be hours: the slot in which it begins is in the way, and little beside the others.
  const room = even * mostBuckets;
  const first = room >= fewSlots ? Math.max(begin, last - room + 1) : begin;
  return { tier, first, last, slotsPerBucket: Math.ceil((last - first + 1) / mostBuckets) };
}

/** Throws the system's error for files that can't be read, and an Error for those of other settings. */
export function queryHistory(question: HistoryQuestion): HistoryAnswer {
  const tiers = tiersIn(question.folder, question.settings);
  const plan = planFor(tiers, question);
  const { tier, first, last, slotsPerBucket } = plan;
  const folds: Fold[] = Array.from({ length: Math.ceil((last - first + 1) / slotsPerBucket) }, emptyFold);
  const add = (slot: number, samples: number, values: Float32Array): void => {
    const fold = folds[Math.floor((slot - first) / slotsPerBucket)];
    if (fold !== undefined) addRow(fold, samples, values);
  };
  const newest = slotAt(tier, question.nowMs);
  // The row of a slot that is not over is missing, or a leaving of a clock that jumped back.
  let unwritten = tier.parts === 1 ? [] : [newest - 1, newest];
  withFile(tier, (fd) =>
    readRows(
      fd,
      tier,
      first,
      tier.parts === 1 ? last : Math.min(last, newest - 1),
      (slot, samples, values) => {
        if (slot === newest - 1) unwritten = [newest];
        add(slot, samples, values);
      },
    ),
  );
  const open = unwritten.filter((slot) => slot >= first && slot <= last);
  if (open.length > 0) addOpen(tiers[0], plan, open, folds, question.nowMs);
  return {
    rowSeconds: tier.intervalSeconds,
    bucketSeconds: slotsPerBucket * tier.intervalSeconds,
    fromMs: first * tier.intervalSeconds * 1000,
    buckets: folds.map((fold) => bucketOf(fold, question.series)),
  };
}

/** What is not written yet, made from the samples up to now. */
function addOpen(samples: Tier, plan: Plan, open: readonly number[], folds: readonly Fold[], nowMs: number) {
  withFile(samples, (fd) => {
    for (const slot of open) {
      const newest = foldSlot(fd, samples, plan.tier, slot, slotAt(samples, nowMs));
      const fold = folds[Math.floor((slot - plan.first) / plan.slotsPerBucket)];
      if (newest !== undefined && fold !== undefined) merge(fold, newest);
    }
  });
}

function merge(into: Fold, other: Fold): void {
  into.samples += other.samples;
  for (let i = 0; i < into.sum.length; i++) {
    into.sum[i] = (into.sum[i] ?? 0) + (other.sum[i] ?? 0);
    into.weight[i] = (into.weight[i] ?? 0) + (other.weight[i] ?? 0);
    into.least[i] = Math.min(into.least[i] ?? 0, other.least[i] ?? 0);
    into.most[i] = Math.max(into.most[i] ?? 0, other.most[i] ?? 0);
  }
}

const bucketOf = ({ samples, sum, weight, least, most }: Fold, series: readonly number[]): Bucket => ({
  samples,
  values: series.map((i) => {
    const count = weight[i] ?? 0;
    return count === 0 ? undefined : { min: least[i] ?? 0, mean: (sum[i] ?? 0) / count, max: most[i] ?? 0 };
  }),
});

function withFile(tier: Tier, use: (fd: number) => void): void {
  const fd = openSync(tier.file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const header = Buffer.alloc(headerBytes);
    readSync(fd, header, 0, headerBytes, 0);
    if (!header.equals(headerOf(tier))) throw new Error('the files were written with other settings');
    use(fd);
  } finally {
    closeSync(fd);
  }
}
