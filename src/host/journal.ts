/** The machine's journal by journalctl(1): streamed, searched and cut on the way, never held as a whole. */

import { setImmediate } from 'node:timers/promises';
import { cleanText } from '../base/clean-text.ts';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { type LinearMatcher, openLinearMatcher } from '../base/linear-regexp.ts';
import type { ProgramStream, Programs } from '../base/run-program.ts';
import { redactText } from '../base/secrets.ts';
import { type EntryContainer, type JournalEntry, parseJournalEntry } from './journal-entry.ts';
import { type JournalQuery, journalArguments } from './journal-query.ts';
import { complaintOf, hiddenBy, noJournal } from './journal-words.ts';
import { known } from './rate.ts';

/** An entry fit to show: clean, without secrets. */
export interface ShownEntry extends JournalEntry {
  readonly redactions: number;
}

export interface JournalReading {
  /** How many entries journalctl handed out. */
  readonly scanned: number;
  /** How many of them belong to containers and were passed over. */
  readonly ofContainers: number;
  /** How many were too long to be read. */
  readonly unreadable: number;
  /** Set when the reading stopped before the last entry that was asked for: the place to go on from. */
  readonly cursor?: string;
  /** Of the newest entry that was looked at: what is written later comes after it. */
  readonly newest?: string;
  /** What this process may not see, in words. */
  readonly hidden?: string;
}

export interface JournalReader {
  readonly query: JournalQuery;
  /** Whether entries of this container may be shown. */
  readonly showsContainer: (of: EntryContainer) => boolean;
  /** The reading stops after so many. */
  readonly mostScanned: number;
  readonly signal?: AbortSignal;
  /** Told of each entry that was asked for, in the order of the direction; false when it does not fit any more. */
  take(entry: ShownEntry): boolean;
}

export interface Journal {
  /**
   * Throws `unavailable` without a journal, `permission_denied` where this process may not read it,
   * `arguments_invalid`, `not_found` for a boot that it does not know, `cancelled` and `deadline_exceeded`.
   */
  read(reader: JournalReader): Promise<JournalReading>;
}

/** The reading stops by itself before the program is stopped. */
const readingMs = 6000;
const programMs = 9000;
const batchMs = 2000;
const batchEntries = 100;
/** What journalctl has ready is gone through without a pause otherwise, and everybody else waits. */
const longestTurnMs = 3;
const mostLineBytes = 256 * 1024;

/** A message is shown in part; a secret that begins there is seen whole for so long. */
const mostMessage = 16 * 1024;

export interface JournalOptions {
  /** Absent where no program can be run: a frozen machine. */
  readonly programs: Programs | undefined;
  readonly clock: Clock;
  /** Another folder of journals than the machine's own. */
  readonly directory?: string;
}

export function openJournal({ programs, clock, directory }: JournalOptions): Journal {
  const place = directory === undefined ? [] : [`--directory=${directory}`];
  return {
    async read(reader) {
      if (programs === undefined) {
        throw new Problem('unavailable', { detail: 'This machine is a record in files and has no journal.' });
      }
      const { grep, ignoreCase } = reader.query;
      const args = [...place, ...journalArguments(reader.query)];
      const matcher =
        grep === undefined
          ? undefined
          : await openLinearMatcher({ pattern: grep, ignoreCase, deadlineMs: batchMs });
      try {
        const stream = programs.stream({
          program: 'journalctl',
          args,
          deadlineMs: programMs,
          maxLineBytes: mostLineBytes,
          ...(reader.signal === undefined ? {} : { signal: reader.signal }),
        });
        const reading = await readStream(stream, reader, matcher, () => clock.monotonicMs());
        if (reading.scanned === 0) await mustExist(programs, place);
        return reading;
      } finally {
        matcher?.close();
      }
    },
  };
}

/** No entries are an answer only where there is a journal: its files have headers. */
async function mustExist(programs: Programs, place: readonly string[]): Promise<void> {
  const request = {
    program: 'journalctl',
    args: [...place, '--header', '--no-pager'],
    deadlineMs: programMs,
  };
  const { stdout } = await programs.run({ ...request, maxBytes: 64 });
  if (stdout === '') throw noJournal();
}

interface Tally {
  scanned: number;
  ofContainers: number;
  unreadable: number;
  /** Of the first and of the last entry that was looked at. */
  first: string | undefined;
  cursor: string | undefined;
  full: boolean;
}

async function readStream(
  stream: ProgramStream,
  reader: JournalReader,
  matcher: LinearMatcher | undefined,
  nowMs: () => number,
): Promise<JournalReading> {
  const tally: Tally = {
    scanned: 0,
    ofContainers: 0,
    unreadable: 0,
    first: undefined,
    cursor: undefined,
    full: false,
  };
  const isForward = reader.query.direction === 'newer';
  const sinceUs = (reader.query.sinceMs ?? 0) * 1000;
  const until = nowMs() + readingMs;
  let batch: JournalEntry[] = [];
  let stopped = false;
  let turnMs = nowMs();
  for await (const { text } of stream.lines) {
    if (!text.startsWith('{')) continue;
    if (tally.scanned >= reader.mostScanned || nowMs() > until) {
      stopped = true;
      break;
    }
    const entry = parseJournalEntry(text);
    tally.scanned += 1;
    if (entry === undefined) {
      tally.unreadable += 1;
      continue;
    }
    if (entry.realtimeUs < sinceUs) {
      if (isForward) continue;
      break;
    }
    batch.push(entry);
    if (matcher !== undefined && batch.length < batchEntries) continue;
    await hand(batch, reader, matcher, tally);
    batch = [];
    if (tally.full) break;
    if (nowMs() - turnMs < longestTurnMs) continue;
    await setImmediate();
    turnMs = nowMs();
  }
  if (!tally.full) await hand(batch, reader, matcher, tally);
  const { full, first, cursor, ...counts } = tally;
  const newest = isForward ? cursor : first;
  const { exitCode, stderr } = await stream.ended;
  const complaint = complaintOf(stderr, exitCode, counts.scanned, reader.query);
  if (complaint !== undefined) throw complaint;
  const hidden = hiddenBy(stderr);
  return {
    ...counts,
    ...((full || stopped) && cursor !== undefined ? { cursor } : {}),
    ...known({ newest, hidden }),
  };
}

/** Hands on what matches; the cursor stays at the last entry that was taken or passed over. */
async function hand(
  batch: readonly JournalEntry[],
  { showsContainer, take }: JournalReader,
  matcher: LinearMatcher | undefined,
  tally: Tally,
): Promise<void> {
  const shown = batch.map(shownEntry);
  const matches = await matcher?.match(shown.map(({ message }) => message ?? ''));
  for (const [at, entry] of shown.entries()) {
    const isContainers = entry.containerId !== undefined || entry.containerName !== undefined;
    if (isContainers && !showsContainer(entry)) tally.ofContainers += 1;
    else if (matches?.[at] !== false && !take(entry)) {
      tally.full = true;
      return;
    }
    tally.first ??= entry.cursor;
    tally.cursor = entry.cursor;
  }
}

function shownEntry(entry: JournalEntry): ShownEntry {
  const { text, count } = redactText(cleanText(entry.message ?? '', mostMessage));
  return { ...entry, ...(entry.message === undefined ? {} : { message: text }), redactions: count };
}
