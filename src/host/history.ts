/** The history of the machine: kept by the recorder, if this process records, and answered from its files. */

import { type Clock, isoTime } from '../base/clock.ts';
import { asProblem, errnoOf, Problem } from '../base/errors.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { validNames } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { Crew } from './crew.ts';
import type { MountStatus } from './mounts.ts';
import type { Ranking } from './rankings.ts';
import { has } from './reading.ts';
import { openRecorder, type Recorder, type RecorderOptions } from './recorder.ts';
import type { SetAside } from './recorder-files.ts';
import type { HistorySettings } from './recorder-format.ts';
import { openCounted } from './recorder-interfaces.ts';
import type { Bucket, HistoryAnswer } from './recorder-query.ts';
import { type SeriesName, series, seriesNames, type Unit } from './recorder-series.ts';
import { type Recorded, valuesOf, whyMissing } from './recorder-values.ts';
import type { Sample, Sampler } from './sampler.ts';

/** Where the history is and whether this process writes it. */
export interface HistoryOptions {
  readonly folder: string;
  readonly record: boolean;
  readonly settings: HistorySettings;
}

/** Buckets that follow one another, each `bucketSeconds` after the one before. */
export interface Run {
  /** Of the first bucket, ISO 8601 in UTC. */
  readonly from: string;
  readonly mean: readonly number[];
  /** Absent, as `max`, where a bucket holds one sample at most. */
  readonly min?: readonly number[];
  readonly max?: readonly number[];
}

export interface MetricHistory {
  readonly metric: SeriesName;
  readonly unit: Unit;
  /** Between two runs nothing was recorded. */
  readonly runs: readonly Run[];
}

/** Times are ISO 8601 in UTC. */
export interface MetricsHistory {
  readonly from: string;
  readonly until: string;
  readonly bucketSeconds: number;
  /** How far apart the rows are that the buckets were made of. */
  readonly rowSeconds: number;
  readonly series: readonly MetricHistory[];
  /** When nothing at all was recorded. */
  readonly gaps: readonly { readonly from: string; readonly until: string }[];
  /** Metrics without a single value in all this time, and why. */
  readonly unavailable: readonly { readonly metric: string; readonly reason: string }[];
}

export interface HistoryAsk {
  readonly metrics: readonly string[];
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly mostBuckets: number;
}

export interface History {
  /** Throws `not_found` for a metric that is none, `unavailable` where there is no history to be read. */
  query(ask: HistoryAsk): Promise<MetricsHistory>;
  close(): void;
}

export interface HistoryNeeds {
  readonly machine: MachineRoot;
  readonly clock: Clock;
  readonly crew: Crew;
  readonly sampler: Sampler;
  readonly mounts: () => readonly MountStatus[] | undefined;
  readonly ranking: () => Ranking | undefined;
  readonly onTrouble: (message: string, facts?: unknown) => void;
}

const queryDeadlineMs = 5_000;

/** Of one step; a disk may have much else to write. */
const prepareDeadlineMs = 30_000;

/**
 * Throws nothing: without its files the machine is watched all the same. They are made ready by the worker, step by
 * step between its other jobs, and nobody but whoever asks for the history waits for it.
 */
export function openHistory(options: HistoryOptions | undefined, needs: HistoryNeeds): History {
  const { clock, crew, sampler } = needs;
  const recordedBetween = openRecorded(needs);
  const recordedNow = (): Recorded => recordedBetween(sampler.span().before, sampler.span().after);
  let recorder: Recorder | undefined;
  let failed: string | undefined;
  let closed = false;

  const start = async ({ folder, settings }: HistoryOptions): Promise<void> => {
    const preparedAtMs = clock.now();
    try {
      let aside: readonly SetAside[] | undefined;
      while (aside === undefined && !closed) {
        aside = await crew.run('prepareHistory', [folder, settings, preparedAtMs], {
          deadlineMs: prepareDeadlineMs,
        });
      }
      for (const one of aside ?? []) needs.onTrouble('a history file was set aside and begins anew', one);
      if (!closed) recorder = record({ folder, settings, preparedAtMs }, needs, recordedBetween);
    } catch (thrown) {
      if (closed) return;
      const cause = thrown instanceof Problem ? thrown.cause : errnoOf(thrown);
      failed = `its files cannot be made or opened (${typeof cause === 'string' ? cause : 'unknown error'})`;
      needs.onTrouble('the history is not recorded', { folder, cause });
    }
  };
  const started = options?.record ? start(options) : Promise.resolve();

  return {
    async query({ metrics, mostBuckets, sinceMs, untilMs }) {
      const chosen = [...new Set(metrics)].map(indexOf);
      if (options === undefined) throw unavailable('it is switched off by history.enabled');
      await started;
      if (failed !== undefined) throw unavailable(failed);
      const { folder, settings } = options;
      const question = {
        folder,
        settings,
        series: chosen,
        sinceMs,
        untilMs,
        nowMs: clock.now(),
        mostBuckets,
      };
      const answer = await crew
        .run('queryHistory', [question], { deadlineMs: queryDeadlineMs })
        .catch(refuse);
      const recorded = recordedNow();
      return historyOf(answer, chosen, (name) => whyMissing(name, recorded) ?? 'nothing was recorded of it');
    },
    close() {
      closed = true;
      recorder?.close();
    },
  };
}

/** All that a row is made of, between two samples. */
type RecordedBetween = (before: Sample, after: Sample) => Recorded;

function openRecorded({ machine, mounts, ranking }: HistoryNeeds): RecordedBetween {
  const countedOf = openCounted(machine);
  return (before, after) => {
    const names = has(after.network) ? after.network.value.interfaces.keys() : [];
    return { before, after, mounts: mounts(), ranking: ranking(), counts: countedOf(names) };
  };
}

function record(
  files: Pick<RecorderOptions, 'folder' | 'settings' | 'preparedAtMs'>,
  needs: HistoryNeeds,
  recordedBetween: RecordedBetween,
): Recorder {
  const { sampler, clock, onTrouble } = needs;
  let before = sampler.span().before;
  return openRecorder({
    ...{ ...files, clock, onTrouble },
    values() {
      const { after } = sampler.span();
      const values = valuesOf(recordedBetween(before, after));
      before = after;
      return values;
    },
  });
}

const unavailable = (why: string, hint?: string): Problem =>
  new Problem('unavailable', {
    detail: `There is no history of this machine to be read: ${why}.`,
    ...(hint === undefined ? {} : { hint }),
  });

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'nothing has been recorded yet',
  EACCES: 'its files may not be read',
  EPERM: 'its files may not be read',
};

function refuse(thrown: unknown): never {
  const problem = asProblem(thrown);
  if (problem.code !== 'unavailable' || typeof problem.cause !== 'string') throw problem;
  throw unavailable(
    reasons[problem.cause] ?? `reading failed (${problem.cause.replace(/^Error: /, '')})`,
    'The daemon records it while it runs (npm start or its systemd unit); ask the daemon.',
  );
}

function indexOf(metric: string): number {
  const index = seriesNames.indexOf(metric);
  if (index >= 0) return index;
  throw new Problem('not_found', {
    detail: `There is no metric ${quote(metric)}.`,
    hint: validNames(metric, seriesNames),
  });
}

function historyOf(
  answer: HistoryAnswer,
  chosen: readonly number[],
  whyNone: (name: SeriesName) => string,
): MetricsHistory {
  const { fromMs, bucketSeconds, rowSeconds, buckets } = answer;
  const timeOf = (bucket: number): string => isoTime(fromMs + bucket * bucketSeconds * 1000);
  const all = chosen.map((index, place): MetricHistory => {
    const { name, unit } = series[index] as (typeof series)[number];
    const runs = stretches(buckets, (bucket) => bucket.values[place] !== undefined).map(
      ({ from, until }) => ({
        from: timeOf(from),
        ...runOf(buckets.slice(from, until), place, digits[unit]),
      }),
    );
    return { metric: name, unit, runs };
  });
  return {
    from: timeOf(0),
    until: timeOf(buckets.length),
    bucketSeconds,
    rowSeconds,
    series: all.filter(({ runs }) => runs.length > 0),
    gaps: stretches(buckets, ({ samples }) => samples === 0).map(({ from, until }) => ({
      from: timeOf(from),
      until: timeOf(until),
    })),
    unavailable: all
      .filter(({ runs }) => runs.length === 0)
      .map(({ metric }) => ({ metric, reason: whyNone(metric) })),
  };
}

/** Behind the point; float32 keeps seven digits in all. */
const digits: Readonly<Record<Unit, number>> = {
  percent: 1,
  tasks: 2,
  bytes: 0,
  'bytes per second': 0,
  processes: 1,
};

function runOf(buckets: readonly Bucket[], place: number, behindPoint: number): Omit<Run, 'from'> {
  const all = (part: 'min' | 'mean' | 'max'): number[] =>
    buckets.map(({ values }) => Number((values[place]?.[part] ?? 0).toFixed(behindPoint)));
  const mean = all('mean');
  return buckets.every(({ samples }) => samples === 1)
    ? { mean }
    : { min: all('min'), mean, max: all('max') };
}

/** Where `holds` is true without a break: the first place and the one after the last. */
function stretches(buckets: readonly Bucket[], holds: (bucket: Bucket) => boolean) {
  const found: { from: number; until: number }[] = [];
  for (const [place, bucket] of buckets.entries()) {
    if (!holds(bucket)) continue;
    const last = found.at(-1);
    if (last?.until === place) last.until = place + 1;
    else found.push({ from: place, until: place + 1 });
  }
  return found;
}
