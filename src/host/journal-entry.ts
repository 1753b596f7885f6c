/** One entry of the journal, from a line of `journalctl --output=json` (systemd.journal-fields(7)). */

import { isoTime } from '../base/clock.ts';

/** The eight of syslog(3), most urgent first: the number is the place. */
export const priorities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

export type Priority = (typeof priorities)[number];

/** Whose the entry is, as the engine's journald driver writes it. */
export interface EntryContainer {
  /** Its first 12 digits. */
  readonly containerId?: string;
  readonly containerName?: string;
}

export interface JournalEntry extends EntryContainer {
  /** __CURSOR: opaque, stands for the entry's place in the journal. */
  readonly cursor: string;
  /** __REALTIME_TIMESTAMP, microseconds since the epoch. */
  readonly realtimeUs: number;
  /** The same, ISO 8601 UTC. */
  readonly at: string;
  /** MESSAGE, raw: several lines where it had some. Absent where the entry has none. */
  readonly message?: string;
  /** MESSAGE in bytes, where those were no text (UTF-8): the message shows what can be shown of them. */
  readonly binaryBytes?: number;
  /** _SYSTEMD_UNIT, or the unit that systemd itself talks about (UNIT). */
  readonly unit?: string;
  /** SYSLOG_IDENTIFIER, or the command's name (_COMM). */
  readonly identifier?: string;
  readonly priority?: Priority;
  /** _PID. */
  readonly pid?: number;
  /** _UID. */
  readonly uid?: number;
}

/** The fields that are read; the addresses of an entry (`__CURSOR` and the like) always come. */
export const readFields: readonly string[] = [
  'MESSAGE',
  'PRIORITY',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  '_SYSTEMD_UNIT',
  'UNIT',
  '_PID',
  '_UID',
  'CONTAINER_ID',
  'CONTAINER_NAME',
];

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for a line that is no entry: one that was cut, or journalctl's own words. */
export function parseJournalEntry(line: string): JournalEntry | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  const cursor = textOf(fields['__CURSOR']);
  const realtimeUs = numberOf(fields['__REALTIME_TIMESTAMP']);
  if (cursor === undefined || realtimeUs === undefined || realtimeUs > 8.64e18) return undefined;
  const message = firstOf(fields['MESSAGE']);
  return defined({
    cursor,
    realtimeUs,
    at: isoTime(Math.floor(realtimeUs / 1000)),
    message: textOf(message),
    binaryBytes: isBytes(message) && !isText(message) ? message.length : undefined,
    unit: textOf(fields['_SYSTEMD_UNIT'] ?? fields['UNIT']),
    identifier: textOf(fields['SYSLOG_IDENTIFIER'] ?? fields['_COMM']),
    priority: priorities[numberOf(fields['PRIORITY']) ?? -1],
    pid: numberOf(fields['_PID']),
    uid: numberOf(fields['_UID']),
    containerId: textOf(fields['CONTAINER_ID']),
    containerName: textOf(fields['CONTAINER_NAME']),
  });
}

function parseObject(line: string): Fields | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return undefined;
  }
}

const isBytes = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => Number.isInteger(one) && one >= 0 && one <= 255);

/** Control characters alone make journalctl write bytes, too: colours are text. */
function isText(bytes: readonly number[]): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes)).includes('\0');
  } catch {
    return false;
  }
}

/** A field that an entry has several times is a list of values, of which the first counts. */
function firstOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const values: readonly unknown[] = value;
  return isBytes(value) ? value : values.find((one) => one !== null);
}

/** A value: a string, an array of bytes, null for one that journalctl left out, or a list of those. */
function textOf(value: unknown): string | undefined {
  const first = firstOf(value);
  if (isBytes(first)) return Buffer.from(first).toString('utf8');
  return typeof first === 'string' ? first : undefined;
}

function numberOf(value: unknown): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^\d{1,19}$/.test(text) ? Number(text) : undefined;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
const defined = <T extends object>(members: T): Defined<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
