/**
 * Makes the recorder's files ready: makes those that are missing, sets aside what can't be used, and makes up the
 * coarser rows that a crash left out. 28 MB on a disk that may be slow: in steps, for a worker that others wait for.
 */

import { closeFiles, makeFiles, type OpenTiers, openFiles, type SetAside } from './recorder-files.ts';
import { foldableSlots, writeFold } from './recorder-fold.ts';
import { type HistorySettings, readRows, slotAt, tiersIn } from './recorder-format.ts';

/** Each step is a few milliseconds of writing. Throws the system's error where files can be neither opened nor made. */
export function* preparing(
  folder: string,
  settings: HistorySettings,
  nowMs: number,
): Generator<void, readonly SetAside[]> {
  const tiers = tiersIn(folder, settings);
  const aside = yield* makeFiles(tiers, nowMs);
  const opened = openFiles(tiers);
  try {
    makeUp(opened, nowMs);
  } finally {
    closeFiles(opened);
  }
  return aside;
}

/** The job of a worker: takes the next step, and says what was set aside when there is none left. */
export function openPreparation() {
  let steps: ReturnType<typeof preparing> | undefined;
  return (folder: string, settings: HistorySettings, nowMs: number): readonly SetAside[] | undefined => {
    steps ??= preparing(folder, settings, nowMs);
    try {
      const step = steps.next();
      if (!step.done) return undefined;
      steps = undefined;
      return step.value;
    } catch (thrown) {
      steps = undefined;
      throw thrown;
    }
  };
}

/** What was over before now and is not written yet, as after a crash. */
function makeUp([samples, ...coarser]: OpenTiers, nowMs: number): void {
  const sampled = new Set<number>();
  const now = slotAt(samples.tier, nowMs);
  readRows(samples.fd, samples.tier, now - samples.tier.rows + 1, now, (slot) => sampled.add(slot));
  for (const one of coarser) {
    const { first, last } = foldableSlots(samples.tier, one.tier, nowMs);
    const missing = new Set([...sampled].map((slot) => Math.floor(slot / one.tier.samplesPerSlot)));
    readRows(one.fd, one.tier, first, last, (slot) => missing.delete(slot));
    for (const slot of missing) if (slot >= first && slot <= last) writeFold(samples, one, slot);
  }
}
