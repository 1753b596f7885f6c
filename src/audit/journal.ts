/**
 * A copy of the audit for the journal, as native structured entries, so that journalctl finds records by their fields.
 * It never waits: records stand in a bounded queue, and what does not fit there is counted and said. How datagrams
 * travel it is handed.
 */

import { type Clock, isoTime } from '../base/clock.ts';
import { productName } from '../base/version.ts';
import type { AuditRecord, Outcome } from './record.ts';

/** Sends one datagram without waiting: `full` when the receiver is behind, `gone` when there is none. */
export type SendDatagram = (datagram: Uint8Array) => 'sent' | 'full' | 'gone';

export interface JournalCopy {
  /** Takes a record, which is so long as a line. Neither waits nor throws. */
  write(record: AuditRecord, length: number): void;
  /** How many records did not reach the journal, since the start. */
  lost(): number;
  /** Sends what can be sent at once. */
  flush(): void;
  close(): void;
}

/** What each kind of record is known by: `journalctl MESSAGE_ID=…`. */
const messageIds: Readonly<Record<Outcome, string>> = {
  ok: '2e375a0cc3c89a7d05fae285e26f124f',
  intent: '9ef14fe8c2e55b054d1ce46f26973dbe',
  refused: '713dfab4907a1ea8e7f1edf93b8eb70c',
  failed: '6f2e6e21e683c9f74a64d018cef35438',
  cancelled: 'eab347336516eb4e1d91ed503dd01e50',
  folded: 'b1edc9cd223266b214e49c9b2ae378c6',
  lost: 'a095ea1a2d68e4e86f38c25145e7f6da',
};

/** syslog(3). */
const priorities: Readonly<Record<Outcome, number>> = {
  ok: 6,
  intent: 5,
  refused: 4,
  failed: 3,
  cancelled: 6,
  folded: 4,
  lost: 3,
};

/** The record in one sentence for people. */
function sentenceOf({ outcome, agent, source, tool, route, code, count }: AuditRecord): string {
  const who = agent ?? source ?? 'somebody';
  const what = tool ?? route ?? 'a call';
  const why = code === undefined ? '' : ` (${code})`;
  const sentences: Readonly<Record<Outcome, string>> = {
    ok: `${who} ran ${what}`,
    intent: `${who} is about to run ${what}`,
    refused: `${who} was refused ${what}${why}`,
    failed: `${who} ran ${what}, which failed${why}`,
    cancelled: `${who} cancelled ${what}`,
    folded: `${count} more refusals of ${who} within a minute`,
    lost: `${count} audit records were lost`,
  };
  return sentences[outcome];
}

/**
 * The native journal protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): `NAME=value`, or where the value has line breaks,
 * which would begin a field of their own, the name, the value's length as 64 bits and the value.
 */
export function encodeEntry(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    if (!value.includes('\n')) return [Buffer.from(`${name}=${value}\n`)];
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    return [Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')];
  });
  return Buffer.concat(parts);
}

/** systemd.journal-fields(7): what a program says of a unit that is not its own. */
const unitField = 'OBJECT_SYSTEMD_UNIT';

/** `correlationId` is `AUDIT_CORRELATION_ID`. */
const fieldOf = (name: string): string =>
  name === 'unit' ? unitField : `AUDIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The sentence and every field of the record by its own name. */
function entryOf(record: AuditRecord): Buffer {
  const fields: Record<string, string> = {
    MESSAGE: sentenceOf(record),
    MESSAGE_ID: messageIds[record.outcome],
    PRIORITY: String(priorities[record.outcome]),
    SYSLOG_IDENTIFIER: productName,
  };
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    fields[fieldOf(name)] = name === 'scopes' ? (record.scopes?.join(' ') ?? '') : textOf(value);
  }
  return encodeEntry(fields);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface Waiting {
  readonly record: AuditRecord;
  readonly length: number;
}

export interface JournalCopyNeeds {
  readonly send: SendDatagram;
  readonly clock: Clock;
  /** Told when records begin to be lost. */
  readonly onTrouble: (message: string) => void;
}

const mostWaiting = 10_000;
const mostWaitingLength = 8 * 1024 * 1024;
/** One send takes 60 µs: so many at once keep the event loop within a few milliseconds. */
const sentAtOnce = 50;
/**
 * How soon a full journal is tried again: at once as long as it takes something, and less and less often when it stands
 * still. A kernel may let as few as ten datagrams wait (net.unix.max_dgram_qlen), and journald reads those in no time.
 */
const retryMs = { first: 1, last: 200 } as const;

export function openJournalCopy({ send, clock, onTrouble }: JournalCopyNeeds): JournalCopy {
  let queue: Waiting[] = [];
  let queuedLength = 0;
  let lost = 0;
  let unsaid = 0;
  let planned: NodeJS.Immediate | undefined;
  let retry: NodeJS.Timeout | undefined;
  let nextRetryMs: number = retryMs.first;
  let troubled = false;

  const lose = (): void => {
    if (!troubled) onTrouble('the journal is too far behind to take audit records');
    troubled = true;
    unsaid += 1;
    lost += 1;
  };

  const keep = (record: AuditRecord, length: number): boolean => {
    if (queue.length >= mostWaiting || queuedLength + length > mostWaitingLength) return false;
    queue.push({ record, length });
    queuedLength += length;
    return true;
  };

  /** The loss stands in the queue where it happened: before the first record that found room again. */
  const sayLost = (): boolean => {
    if (unsaid === 0) return true;
    const said = keep({ time: isoTime(clock.now()), outcome: 'lost', count: unsaid }, 128);
    if (said) unsaid = 0;
    return said;
  };

  /** Sends at most so many; what is left is tried again, soon or after a while. */
  const drain = (most: number): void => {
    let sent = 0;
    let how: ReturnType<SendDatagram> = 'sent';
    for (const { record, length } of queue) {
      if (sent === most) break;
      how = send(entryOf(record));
      if (how !== 'sent') break;
      sent += 1;
      queuedLength -= length;
    }
    queue = queue.slice(sent);
    sayLost();
    nextRetryMs = sent > 0 ? retryMs.first : Math.min(nextRetryMs * 2, retryMs.last);
    troubled &&= queue.length > 0;
    if (queue.length === 0) return;
    if (how === 'sent') plan();
    else retry ??= setTimeout(again, nextRetryMs).unref();
  };

  const again = (): void => {
    retry = undefined;
    drain(sentAtOnce);
  };

  /** After what the event loop has to do now: the caller's answer does not wait for the journal. */
  const plan = (): void => {
    if (retry !== undefined) return;
    planned ??= setImmediate(() => {
      planned = undefined;
      drain(sentAtOnce);
    });
  };

  const flush = (): void => {
    drain(Number.POSITIVE_INFINITY);
    // The word of a loss may have found room only now.
    if (queue.length > 0) drain(Number.POSITIVE_INFINITY);
  };

  return {
    write(record, length) {
      if (!sayLost() || !keep(record, length)) return lose();
      plan();
    },
    lost: () => lost,
    flush,
    close() {
      flush();
      lost += queue.length;
      if (queue.length > 0) onTrouble(`the journal did not take the last ${queue.length} audit records`);
      clearImmediate(planned);
      clearTimeout(retry);
    },
  };
}
