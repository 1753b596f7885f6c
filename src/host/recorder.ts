/**
 * Writes down the state of the machine every few seconds, in three files of fixed size: the samples themselves, and
 * what they come to in a minute and in a quarter of an hour. The coarser rows are always made from the samples, so a
 * restart, a crash or a clock that jumps loses nothing of them.
 */

import type { Clock } from '../base/clock.ts';
import { closeFiles, type OpenTier, openFiles, writeRow } from './recorder-files.ts';
import { writeFold } from './recorder-fold.ts';
import { type HistorySettings, slotAt, tiersIn } from './recorder-format.ts';

export interface RecorderOptions {
  readonly folder: string;
  readonly settings: HistorySettings;
  readonly clock: Clock;
  /** The values of this moment, one a series. */
  readonly values: () => Float32Array;
  /** When the files were made ready: what was under way then is over with the first row of another slot. */
  readonly preparedAtMs: number;
  readonly onTrouble: (message: string, facts?: unknown) => void;
}

export interface Recorder {
  /** Writes the row of this moment; a second one in the same slot takes its place. Throws nothing. */
  record(): void;
  close(): void;
}

/**
 * Throws the system's error where the files can't be opened.
 * @param options of files that were made ready
 */
export function openRecorder(options: RecorderOptions): Recorder {
  const { folder, settings, clock, values, preparedAtMs, onTrouble } = options;
  const opened = openFiles(tiersIn(folder, settings));
  const [samples, ...coarser] = opened;
  let lastSlot = slotAt(samples.tier, preparedAtMs);
  let works = true;

  const record = (): void => {
    try {
      const slot = slotAt(samples.tier, clock.now());
      writeRow(samples, slot, 1, values());
      for (const one of coarser) closeSlot(one, slot);
      lastSlot = slot;
      works = true;
    } catch (cause) {
      if (works) onTrouble('the history cannot be written', { cause });
      works = false;
    }
  };

  /** The slot in which the row before stood is over when this one stands in another, later or earlier. */
  const closeSlot = (coarse: OpenTier, slot: number): void => {
    const before = Math.floor(lastSlot / coarse.tier.samplesPerSlot);
    if (before !== Math.floor(slot / coarse.tier.samplesPerSlot)) writeFold(samples, coarse, before);
  };

  const stop = everySlot(samples.tier.intervalSeconds * 1000, clock, record);
  return {
    record,
    close() {
      stop();
      closeFiles(opened);
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
