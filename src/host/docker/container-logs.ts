/** The newest lines of a container's log that match, read by tail at the engine and never held as a whole. */

import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { cleanText } from '../../base/clean-text.ts';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { type LinearMatcher, openLinearMatcher } from '../../base/linear-regexp.ts';
import { quote } from '../../base/quote.ts';
import { redactText, redactValue } from '../../base/secrets.ts';
import type { Engine } from './engine.ts';
import { ended } from './events.ts';
import { textAt } from './fields.ts';
import { openLogLines, type RawLogLine } from './log-frames.ts';
import { openKeyLines } from './log-keys.ts';
import {
  cursorOf,
  isoOfTime,
  type LogPosition,
  openPositions,
  timeOfMs,
  timeOfStamp,
} from './log-position.ts';

export interface LogQuery {
  readonly stream?: 'stdout' | 'stderr';
  /** Milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Only what stands before it. */
  readonly before?: LogPosition;
  /** A regular expression; it sees lines without secrets. */
  readonly grep?: string;
  /** How many of the newest lines that match are wanted. */
  readonly keep: number;
  /** How many of the newest lines are looked at. */
  readonly mostScanned: number;
}

/** A line fit to show: clean, without secrets. */
export interface LogLine {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** Whether the line goes on. */
  readonly cut: boolean;
  readonly redactions: number;
  /** Its place, from which what is older can be asked for. */
  readonly cursor: string;
}

export interface LogReading {
  /** In time order. */
  readonly lines: readonly LogLine[];
  readonly scanned: number;
  /** Where to go on, where there may be older lines that match. */
  readonly cursor?: string;
}

export interface LogSource {
  readonly id: string;
  readonly name: string;
  /** Whether it has a terminal. */
  readonly tty: boolean;
  readonly logDriver?: string;
}

const beginMs = 5_000;
const readingMs = 8_000;
const matchMs = 2_000;
const batchLines = 100;
const longestTurnMs = 3;
/** Many lines are kept only to see what they are about. */
const longestText = { few: 2048, many: 512 };
const fewLines = 500;

/**
 * Throws `unavailable` for a container whose log cannot be read, `arguments_invalid` for a pattern, `deadline_exceeded`
 * where the log is too long, and what keeps the engine from answering.
 */
export async function readLogs(
  engine: Pick<Engine, 'stream'>,
  clock: Clock,
  source: LogSource,
  query: LogQuery,
  signal: AbortSignal,
): Promise<LogReading> {
  if (source.logDriver === 'none') throw noLogs(source);
  const { grep } = query;
  const matcher =
    grep === undefined ? undefined : await openLinearMatcher({ pattern: grep, deadlineMs: matchMs });
  try {
    const stopMs = clock.monotonicMs() + readingMs;
    let reading: LogReading | undefined;
    for (const tail of tailsOf(query)) {
      const stream = await openStream(engine, source, query, tail, signal);
      const next = await readStream(stream, { source, query, matcher, tail, signal, stopMs, clock });
      // The whole log did not come in time: what its end has is the newest all the same.
      if (next === undefined) break;
      reading = next;
      if (reading.cursor !== undefined && reading.lines.length > 0) break;
    }
    if (reading === undefined) throw tooLong();
    return reading;
  } finally {
    matcher?.close();
  }
}

const noLogs = ({ name }: LogSource): Problem =>
  new Problem('unavailable', {
    detail: `The container ${quote(name)} keeps no log: its log driver is none.`,
    hint: 'What it writes is to be found where it sends it itself, if anywhere.',
  });

const tooLong = (): Problem =>
  new Problem('deadline_exceeded', {
    detail: 'The log is too long to be read up to that time.',
    hint: 'Give `since` too, not long before it.',
  });

type Tail = number | 'all';

/**
 * How many of the last lines are asked for. The engine counts them before it leaves out any by time or by stream, so
 * that what ends earlier may begin before them: then the whole log is asked for.
 */
function tailsOf({ stream, untilMs, before, grep, keep, mostScanned }: LogQuery): readonly Tail[] {
  if (untilMs !== undefined || before !== undefined) return [mostScanned, 'all'];
  return [stream === undefined && grep === undefined ? Math.min(keep + 1, mostScanned) : mostScanned];
}

function openStream(
  engine: Pick<Engine, 'stream'>,
  { id }: LogSource,
  { sinceMs, untilMs, before }: LogQuery,
  tail: Tail,
  signal: AbortSignal,
): Promise<Readable> {
  const until = before?.time ?? (untilMs === undefined ? undefined : timeOfMs(untilMs));
  return engine.stream('containerLogs', {
    name: id,
    query: {
      ...{ stdout: true, stderr: true, timestamps: true, tail },
      ...(sinceMs === undefined ? {} : { since: timeOfMs(sinceMs) }),
      ...(until === undefined ? {} : { until }),
    },
    signal,
    deadlineMs: beginMs,
  });
}

interface Reading {
  readonly source: LogSource;
  readonly query: LogQuery;
  readonly matcher: LinearMatcher | undefined;
  readonly tail: Tail;
  readonly signal: AbortSignal;
  readonly stopMs: number;
  readonly clock: Clock;
}

interface Placed extends RawLogLine {
  readonly position: LogPosition;
  readonly inKey: boolean;
}

/** Undefined where it did not end in time. */
async function readStream(stream: Readable, reading: Reading): Promise<LogReading | undefined> {
  const { source, query, signal, stopMs, clock, tail } = reading;
  const parser = openLogLines(source.tty);
  const place = openPlaces(query);
  const kept = openKept(reading);
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, Math.max(0, stopMs - clock.monotonicMs()));
  let scanned = 0;
  let oldest: LogPosition | undefined;
  let batch: Placed[] = [];
  let turnMs = clock.monotonicMs();
  const take = async (lines: readonly RawLogLine[]): Promise<void> => {
    scanned += lines.length;
    for (const placed of lines.flatMap(place)) {
      oldest ??= placed.position;
      batch.push(placed);
      if (batch.length < batchLines) continue;
      const full = batch;
      batch = [];
      await kept.add(full);
      if (clock.monotonicMs() - turnMs < longestTurnMs) continue;
      await setImmediate();
      turnMs = clock.monotonicMs();
    }
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) await take(parser.push(chunk));
    await take(parser.end());
    await kept.add(batch);
  } catch (thrown) {
    signal.throwIfAborted();
    if (stream.destroyed && clock.monotonicMs() >= stopMs) return undefined;
    throw ended(thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  signal.throwIfAborted();
  const begins = tail !== 'all' && scanned >= tail ? oldest : undefined;
  return kept.reading(scanned, begins);
}

/** Each line with its place; without those that were not asked for. */
function openPlaces({ stream, before }: LogQuery): (line: RawLogLine) => Placed[] {
  const next = openPositions();
  const keys = { stdout: openKeyLines(), stderr: openKeyLines() };
  return (line) => {
    const inKey = keys[line.stream](line.text);
    const time = timeOfStamp(line.stamp);
    if (time === undefined) return [];
    const position = next(time);
    if (before !== undefined && time === before.time && position.nth >= before.nth) return [];
    return stream === undefined || line.stream === stream ? [{ ...line, position, inKey }] : [];
  };
}

interface Kept {
  add(batch: readonly Placed[]): Promise<void>;
  /** @param begins the oldest place that was looked at, where the log has older ones */
  reading(scanned: number, begins: LogPosition | undefined): LogReading;
}

function openKept({ query: { keep }, matcher }: Reading): Kept {
  const longest = keep > fewLines ? longestText.many : longestText.few;
  const show = (line: Placed): LogLine => shownLine(line, longest);
  // Without a pattern only what is left at the end is made fit to show, as long as that is little.
  const early = matcher !== undefined || keep > fewLines;
  const lines: (Placed | LogLine)[] = [];
  let dropped = false;
  return {
    async add(batch) {
      const shown = early ? batch.map(show) : batch;
      const matches = await matcher?.match(shown.map(({ text }) => text));
      lines.push(...shown.filter((_, at) => matches?.[at] ?? true));
      if (lines.length <= keep) return;
      lines.splice(0, lines.length - keep);
      dropped = true;
    },
    reading(scanned, begins) {
      const shown = lines.map((line) => ('cursor' in line ? line : show(line)));
      const cursor = dropped ? shown[0]?.cursor : begins && cursorOf(begins);
      return { lines: shown, scanned, ...(cursor === undefined ? {} : { cursor }) };
    },
  };
}

function shownLine({ stream, text, cut, position, inKey }: Placed, longest: number): LogLine {
  const { text: clean, count } = redacted(cleanText(text), inKey);
  return {
    at: isoOfTime(position.time),
    stream,
    text: cleanText(clean, longest),
    cut: cut || clean.length > longest,
    redactions: count,
    cursor: cursorOf(position),
  };
}

function redacted(text: string, whole: boolean): { readonly text: string; readonly count: number } {
  if (!whole) return redactText(text);
  const { value, count } = redactValue({ key: text }, ['key']);
  return { text: textAt(value, 'key') ?? '', count };
}
