/**
 * The trail of all calls: each opens an entry when it comes in and ends it exactly once, whichever way it goes. The
 * file is the record; the journal gets a copy.
 */

import type { Caller, Door } from '../auth/caller.ts';
import { cleanLine, cleanText } from '../base/clean-text.ts';
import { type Clock, isoTime } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { redactText, redactValue } from '../base/secrets.ts';
import { asUnitName } from '../base/unit-name.ts';
import { openRecordFile } from './file.ts';
import { openFolder } from './fold.ts';
import type { JournalCopy } from './journal.ts';
import { type AuditRecord, lineOf, type Outcome, outcomeOf } from './record.ts';

export interface OpenedCall {
  readonly correlationId: string;
  readonly door: Door;
  /** Where the connection comes from. */
  readonly source: string;
  /** Absent while nobody knows who it is. */
  readonly caller?: Caller;
  /** As it was asked for. */
  readonly tool?: string;
  /** Method and path, where no tool is reached. */
  readonly route?: string;
}

/** Which arguments are more than any value. */
export interface ArgumentNames {
  /** Never written down. */
  readonly secret?: readonly string[];
  /** Names a unit of systemd. */
  readonly unit?: string;
}

/** One call. Exactly one of `done` and `failed` ends it; a second end throws, for it is a mistake of ours. */
export interface AuditEntry {
  identified(caller: Caller): void;
  /** What the name asked for stands for, and the older name where one was used. */
  named(tool: string, alias?: string): void;
  /** Notes the arguments, redacted at once: nothing of the original is kept. */
  arguments(args: unknown, of: ArgumentNames): void;
  /** Before a change: throws `audit_unwritable` unless the intent is on the disk. */
  intent(): void;
  /** @param answer its size in bytes and whether something was left out of it */
  done(answer: { readonly bytes: number; readonly truncated: boolean }): void;
  failed(problem: Problem): void;
}

export interface TrailStats {
  /** Records of calls that are in the file since the start. */
  readonly written: number;
  /** Records that could not be written to the file, and to the journal. */
  readonly lost: number;
  readonly journalLost: number;
  /** Refusals that were counted only. */
  readonly folded: number;
}

export interface Trail {
  open(call: OpenedCall): AuditEntry;
  stats(): TrailStats;
  /** Whether records can be written, as far as is known. */
  healthy(): boolean;
  /** After another program has renamed the file. */
  reopen(): void;
  /** Writes what was folded so far. */
  flush(): void;
  close(): void;
}

export interface TrailNeeds {
  readonly file: string;
  /** The file is rolled when it is as large as this … */
  readonly maxSizeBytes: number;
  /** … and so many rolled ones are kept; 0: it is never rolled. */
  readonly keep: number;
  readonly clock: Clock;
  readonly copy?: JournalCopy | undefined;
  /** Told when writing starts to fail. */
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/** How often the minutes of folded refusals are looked through, and a file that failed is tried again. */
const tendMs = 5_000;

/** A file that cannot be opened does not stop the start: reads go on, changes are refused. */
export function openTrail(needs: TrailNeeds): Trail {
  const { clock, copy } = needs;
  const counts = { written: 0, lost: 0, folded: 0 };
  const folder = openFolder(clock);
  const file = openRecordFile({
    ...needs,
    lostLine: (count) => lineOf({ time: isoTime(clock.now()), outcome: 'lost', count }),
  });

  const write: WriteRecord = (record, durably) => {
    const line = lineOf(record);
    const written = durably ? file.appendDurably(line) : file.append(line);
    counts[written ? 'written' : 'lost'] += 1;
    copy?.write(record, line.length);
    return written;
  };

  const writeFolded = (all: boolean): void => {
    for (const record of folder.take(all)) write(record, false);
  };

  const end = (record: AuditRecord): void => {
    writeFolded(false);
    if (record.outcome !== 'refused' || folder.admits(record)) write(record, false);
    else counts.folded += 1;
  };

  const tending = setInterval(() => {
    file.recover();
    writeFolded(false);
  }, tendMs);
  tending.unref();

  return {
    open: (call) => openEntry(call, clock, write, end),
    stats: () => ({ ...counts, journalLost: copy?.lost() ?? 0 }),
    healthy: file.healthy,
    reopen: file.reopen,
    flush() {
      writeFolded(true);
      copy?.flush();
    },
    close() {
      clearInterval(tending);
      writeFolded(true);
      copy?.close();
      file.close();
    },
  };
}

type WriteRecord = (record: AuditRecord, durably: boolean) => boolean;

type Facts = { -readonly [Field in keyof AuditRecord]?: AuditRecord[Field] };

function openEntry(
  call: OpenedCall,
  clock: Clock,
  write: WriteRecord,
  writeEnd: (record: AuditRecord) => void,
): AuditEntry {
  const startedMs = clock.monotonicMs();
  const facts = factsOf(call);
  let intended = false;
  let ended = false;

  const recordOf = (outcome: Outcome, more: Facts): AuditRecord => ({
    time: isoTime(clock.now()),
    outcome,
    ...facts,
    ...more,
  });

  const end = (outcome: Outcome, more: Facts): void => {
    if (ended) throw new Error(`the audit entry of call ${call.correlationId} has ended already`);
    ended = true;
    const durationMs = Math.round((clock.monotonicMs() - startedMs) * 10) / 10;
    writeEnd(recordOf(outcome, { ...more, durationMs }));
  };

  return {
    identified: (caller) => noteCaller(facts, caller),
    named(tool, alias) {
      facts.tool = tool;
      if (alias !== undefined) facts.alias = alias;
    },
    arguments(args, { secret = [], unit }) {
      const { value, count } = redactValue(args, secret);
      if (value === undefined) return;
      const named = unit === undefined ? undefined : unitUnder(unit, value);
      if (named !== undefined) facts.unit = named;
      facts.arguments = value;
      if (count > 0) facts.redacted = count;
    },
    intent() {
      intended = write(recordOf('intent', {}), true);
      if (!intended) {
        throw new Problem('audit_unwritable', {
          hint: 'The reason is in the log of the daemon; when the audit can be written again, so can the change be made.',
        });
      }
    },
    done: ({ bytes, truncated }) => end('ok', truncated ? { bytes, truncated } : { bytes }),
    failed: (problem) =>
      end(outcomeOf(problem, intended), {
        code: problem.code,
        message: redactText(cleanText(problem.detail, 512)).text,
      }),
  };
}

/** Of redacted arguments: what looked like a secret there is no name here either. */
function unitUnder(name: string, args: unknown): string | undefined {
  const given = typeof args === 'object' && args !== null && new Map(Object.entries(args)).get(name);
  return typeof given === 'string' ? asUnitName(given) : undefined;
}

function factsOf({ correlationId, caller, door, source, tool, route }: OpenedCall): Facts {
  const facts: Facts = { correlationId: cleanLine(correlationId, 128), door, source: cleanLine(source, 128) };
  if (caller !== undefined) noteCaller(facts, caller);
  if (tool !== undefined) facts.tool = cleanLine(redactText(tool.slice(0, 512)).text, 64);
  if (route !== undefined) facts.route = redactText(cleanLine(route, 512)).text;
  return facts;
}

function noteCaller(facts: Facts, { agent, proof, tokenId, scopes }: Caller): void {
  facts.agent = cleanLine(agent, 128);
  facts.proof = proof;
  if (tokenId !== undefined) facts.tokenId = cleanLine(tokenId, 128);
  facts.scopes = scopes;
}
