/**
 * Makes the recorder's files ready: makes those that are missing, sets aside what can't be used, and makes up the
 * coarser rows that a crash left out. 28 MB on a disk that may be slow: for a worker.
 */

import { closeFiles, makeFiles, type OpenTiers, openFiles, type SetAside } from './recorder-files.ts';
import { foldableSlots, writeFold } from './recorder-fold.ts';
import { type HistorySettings, readRows, slotAt, tiersIn } from './recorder-format.ts';

/** Throws the system's error where the files can be neither opened nor made. */
export function prepareHistory(
  folder: string,
  settings: HistorySettings,
  nowMs: number,
): readonly SetAside[] {
  const tiers = tiersIn(folder, settings);
  const aside = makeFiles(tiers, nowMs);
  const opened = openFiles(tiers);
  try {
    makeUp(opened, nowMs);
  } finally {
    closeFiles(opened);
  }
  return aside;
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
