/** What is asked of the journal, as the arguments of journalctl(1): no value of a caller's can become an option. */

import { Problem } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { type Priority, priorities, readFields } from './journal-entry.ts';

export interface JournalQuery {
  /** A unit's name or a pattern as in glob(7). */
  readonly unit?: string;
  /** A container's name or id, as the engine's journald driver writes it. */
  readonly container?: string;
  /** SYSLOG_IDENTIFIER. */
  readonly identifier?: string;
  /** This one and what is more urgent. */
  readonly priority?: Priority;
  /** Milliseconds since the epoch, both inclusive. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** 0 for the current boot, -1 for the one before it, and so on. */
  readonly boot?: number;
  /** A linear-time pattern that the message must match. */
  readonly grep?: string;
  readonly ignoreCase?: boolean;
  /** `older`, where nothing is said: from the newest entry backwards. `newer`: from the oldest one forwards. */
  readonly direction?: Direction;
  /** Only what lies in that direction from the entry that it stands for. */
  readonly cursor?: string;
}

export const directions = ['older', 'newer'] as const;
export type Direction = (typeof directions)[number];

const cursorShape = /^[A-Za-z0-9=;_-]{1,256}$/;

/** What is cut lies farthest in the direction that is read in. Throws `arguments_invalid`. */
export function journalArguments(query: JournalQuery): string[] {
  const {
    unit,
    container,
    identifier,
    priority,
    sinceMs,
    untilMs,
    boot,
    cursor,
    direction = 'older',
  } = query;
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs) {
    throw new Problem('arguments_invalid', { detail: '`since` is later than `until`.' });
  }
  const args = [
    '--output=json',
    '--all',
    ...(direction === 'older' ? ['--reverse'] : []),
    '--no-pager',
    `--output-fields=${readFields.join(',')}`,
  ];
  if (unit !== undefined) args.push(`--unit=${plain('unit', unit)}`);
  if (identifier !== undefined) args.push(`--identifier=${plain('identifier', identifier)}`);
  if (priority !== undefined) args.push(`--priority=${priorities.indexOf(priority)}`);
  if (boot !== undefined) args.push(`--boot=${boot}`);
  if (cursor === undefined && sinceMs !== undefined) args.push(`--since=@${seconds(sinceMs)}`);
  if ((cursor === undefined || direction === 'newer') && untilMs !== undefined) {
    args.push(`--until=@${seconds(untilMs)}`);
  }
  if (cursor !== undefined) {
    // journalctl takes only one of cursor and since; whoever reads looks at `since` himself.
    if (!cursorShape.test(cursor)) throw noCursor(cursor);
    args.push(`--after-cursor=${cursor}`);
  }
  if (container !== undefined) args.push(containerMatch(plain('container', container)));
  return args;
}

export const noCursor = (cursor: string): Problem =>
  new Problem('arguments_invalid', {
    detail: `${quote(cursor)} is no cursor of this journal.`,
    hint: 'Take the `cursor` of an answer as it stands, or leave it out to begin with the newest entry.',
  });

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** A match is a word of its own, but always begins with the field's name. */
function containerMatch(container: string): string {
  if (/^[0-9a-f]{64}$/.test(container)) return `CONTAINER_ID_FULL=${container}`;
  if (/^[0-9a-f]{12}$/.test(container)) return `CONTAINER_ID=${container}`;
  return `CONTAINER_NAME=${container}`;
}

function plain(name: string, value: string): string {
  if (value !== '' && !/[\u0000-\u001f\u007f]/.test(value)) return value;
  throw new Problem('arguments_invalid', {
    detail: `\`${name}\` is empty or has control characters.`,
    hint: 'Leave it out to ask for all.',
  });
}
