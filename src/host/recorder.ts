/**
 * Writes down the state of the machine every few seconds, in three files of fixed size: the samples themselves, and
 * what they come to in a minute and in a quarter of an hour. The coarser rows are always made from the samples, so a
 * restart, a crash or a clock that jumps loses nothing of them.
 */

import { closeSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { openFiles, writeAll } from './recorder-files.ts';
import { foldableSlots, foldedValues, foldSlot } from './recorder-fold.ts';
import {
  encodeRow,
  type HistorySettings,
  headerBytes,
  readRows,
  rowBytes,
  slotAt,
  type Tier,
  tiersIn,
} from './recorder-format.ts';

export interface RecorderOptions {
  readonly folder: string;
  readonly settings: HistorySettings;
  readonly clock: Clock;
  /** The values of this moment, one a series. */
  readonly values: () => Float32Array;
  readonly onTrouble: (message: string, facts?: unknown) => void;
}

export interface Recorder {
  /** Writes the row of this moment; a second one in the same slot takes its place. Throws nothing. */
  record(): void;
  close(): void;
}

/** Throws the system's error where the files can be neither opened nor made. */
export function openRecorder({ folder, settings, clock, values, onTrouble }: RecorderOptions): Recorder {
  const tiers = tiersIn(folder, settings);
  const [samples, ...coarser] = tiers;
  const fds = openFiles(tiers, { nowMs: clock.now(), onTrouble });
  const fdOf = (tier: Tier): number => fds[tiers.indexOf(tier)] ?? -1;

  const write = (tier: Tier, slot: number, count: number, row: Float32Array): void =>
    writeAll(fdOf(tier), encodeRow(slot, count, row), headerBytes + (slot % tier.rows) * rowBytes(tier));

  const fold = (tier: Tier, slot: number): void => {
    const folded = foldSlot(fdOf(samples), samples, tier, slot);
    if (folded !== undefined) write(tier, slot, folded.samples, foldedValues(folded));
  };

  /** What was over before this start and is not written yet, as after a crash. */
  const makeUp = (): void => {
    const sampled = new Set<number>();
    const now = slotAt(samples, clock.now());
    readRows(fdOf(samples), samples, now - samples.rows + 1, now, (slot) => sampled.add(slot));
    for (const tier of coarser) {
      const { first, last } = foldableSlots(samples, tier, clock.now());
      const missing = new Set([...sampled].map((slot) => Math.floor(slot / tier.samplesPerSlot)));
      readRows(fdOf(tier), tier, first, last, (slot) => missing.delete(slot));
      for (const slot of missing) if (slot >= first && slot <= last) fold(tier, slot);
    }
  };

  let lastSlot: number | undefined;
  let works = true;

  const record = (): void => {
    try {
      const slot = slotAt(samples, clock.now());
      write(samples, slot, 1, values());
      for (const tier of coarser) closeSlot(tier, slot);
      lastSlot = slot;
      works = true;
    } catch (cause) {
      if (works) onTrouble('the history cannot be written', { cause });
      works = false;
    }
  };

  /** The slot in which the row before stood is over when this one stands in another, later or earlier. */
  const closeSlot = (tier: Tier, slot: number): void => {
    if (lastSlot === undefined) return;
    const before = Math.floor(lastSlot / tier.samplesPerSlot);
    if (before !== Math.floor(slot / tier.samplesPerSlot)) fold(tier, before);
  };

  makeUp();
  const stop = everySlot(samples.intervalSeconds * 1000, clock, record);
  return {
    record,
    close() {
      stop();
      for (const fd of fds) closeSync(fd);
    },
  };
}

/** In the middle of each slot, so that no timer that is a little early or late leaves one out. */
function everySlot(slotMs: number, clock: Clock, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const intoSlot = clock.now() % slotMs;
    timer = setTimeout(
      () => {
        act();
        next();
      },
      (intoSlot < slotMs / 2 ? slotMs / 2 : slotMs * 1.5) - intoSlot,
    );
    timer.unref();
  };
  next();
  return () => clearTimeout(timer);
}
