/** Recorded history for tests: files of a chosen size, written by the recorder itself under a clock held still. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecorder, type Recorder, type RecorderOptions } from '../../src/host/recorder.ts';
import type { HistorySettings } from '../../src/host/recorder-format.ts';
import { preparing } from '../../src/host/recorder-prepare.ts';
import { queryHistory } from '../../src/host/recorder-query.ts';
import { seriesNames } from '../../src/host/recorder-series.ts';
import { type StillClock, stillClock } from '../still-clock.ts';

/** A recorder of files that are made ready first, as by the worker. */
export function openPrepared(options: Omit<RecorderOptions, 'preparedAtMs'>): Recorder {
  const { folder, settings, clock, onTrouble } = options;
  const preparedAtMs = clock.now();
  const steps = preparing(folder, settings, preparedAtMs);
  let step = steps.next();
  while (!step.done) step = steps.next();
  for (const one of step.value) onTrouble('a history file was set aside and begins anew', one);
  return openRecorder({ ...options, preparedAtMs });
}

/** A tenth of the usual times: 28 MB would be written for each test. */
export const smallHistory: HistorySettings = {
  intervalSeconds: 10,
  keepSamplesSeconds: 2 * 3600,
  keepMinutesSeconds: 86_400,
  keepQuartersSeconds: 10 * 86_400,
};

export const secondMs = 1000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** A quarter of an hour, a minute and a slot begin here. */
export const midnight = Date.UTC(2026, 0, 2);

export interface Recorded {
  readonly folder: string;
  readonly clock: StillClock;
  readonly troubles: { message: string; facts: unknown }[];
  recorder: Recorder;
  /** Records one row with this value in every series, ten seconds after the row before. */
  row(value: number): void;
  /** Closes it and opens it again. */
  reopen(settings?: HistorySettings): void;
  /** The means of the first series, undefined for a gap. */
  means(sinceMs: number, untilMs: number, buckets: number): (number | undefined)[];
  close(): void;
}

export function openRecorded(startMs = midnight): Recorded {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  const clock = stillClock(startMs);
  const troubles: Recorded['troubles'] = [];
  let value = 0;
  const open = (settings: HistorySettings): Recorder =>
    openPrepared({
      folder,
      settings,
      clock,
      values: () => new Float32Array(seriesNames.length).fill(value),
      onTrouble: (message, facts) => troubles.push({ message, facts }),
    });
  const recorded: Recorded = {
    folder,
    clock,
    troubles,
    recorder: open(smallHistory),
    row(next) {
      value = next;
      recorded.recorder.record();
      clock.forward(10 * secondMs);
    },
    reopen(settings = smallHistory) {
      recorded.recorder.close();
      recorded.recorder = open(settings);
    },
    means: (sinceMs, untilMs, mostBuckets) =>
      queryHistory({
        ...{ folder, settings: smallHistory, series: [0], sinceMs, untilMs, mostBuckets },
        nowMs: clock.now(),
      }).buckets.map(({ values: [first] }) => first?.mean),
    close() {
      recorded.recorder.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return recorded;
}

/** A day up to `untilMs` that was recorded once a minute, but for three hours; each series is a wave of its own. */
export function recordDay(untilMs: number): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  const clock = stillClock(untilMs - dayMs);
  const recorder = openPrepared({
    folder,
    settings: smallHistory,
    clock,
    values: () => Float32Array.from(seriesNames, (_, i) => 40 + i + 20 * Math.sin(clock.now() / hourMs + i)),
    onTrouble(message) {
      throw new Error(message);
    },
  });
  for (let minute = 0; minute < 1440; minute++) {
    if (minute < 300 || minute >= 480) recorder.record();
    clock.forward(minuteMs);
  }
  recorder.close();
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
