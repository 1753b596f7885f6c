/** The last lines that the journal has of one run of a unit, and of systemd about it. */

import { cleanText } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import { asProblem } from '../base/errors.ts';
import type { Programs } from '../base/run-program.ts';
import { redactText } from '../base/secrets.ts';
import type { Reading } from './reading.ts';

export interface UnitLine {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** syslog(3): 0 emergency to 7 debug. */
  readonly priority?: number;
  /** Who wrote it: SYSLOG_IDENTIFIER of systemd.journal-fields(7). */
  readonly identifier?: string;
  readonly message: string;
}

export interface UnitLines {
  /** Newest first, so that an answer that is too long loses the oldest. */
  readonly lines: readonly UnitLine[];
  /** How many secrets were replaced in them. */
  readonly redacted: number;
}

const deadlineMs = 5_000;
const longestMessage = 400;

/** A window around what is shown, in which secrets are looked for: none is recognised by its half. */
const longestRead = 4096;

/**
 * @param invocation the unit's InvocationID, 32 hexadecimal digits
 * @param wanted how many lines
 */
export async function readUnitLines(
  programs: Programs,
  invocation: string,
  wanted: number,
  signal?: AbortSignal,
): Promise<Reading<UnitLines>> {
  const run = programs.run({
    program: 'journalctl',
    args: journalArguments(invocation, wanted),
    deadlineMs,
    ...(signal && { signal }),
  });
  const ended = await run.catch((thrown: unknown) => {
    const problem = asProblem(thrown);
    // Without its lines a unit's state is still worth an answer; a call that was given up is not.
    if (problem.code === 'cancelled' || problem.code === 'internal') throw problem;
    return { stdout: '', stderr: problem.detail, exitCode: 1 };
  });
  const read = parseUnitLines(ended.stdout);
  if (read.lines.length > 0) return { value: read };
  const reason = whyNothing(ended.stderr, ended.exitCode);
  return reason === undefined ? { value: read } : { reason };
}

/** Of systemd's own messages about the unit only those count that systemd sent: any user may write INVOCATION_ID. */
const journalArguments = (invocation: string, wanted: number): string[] => [
  '--no-pager',
  '--output=json',
  `--lines=${wanted}`,
  '--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER',
  `_SYSTEMD_INVOCATION_ID=${invocation}`,
  '+',
  `INVOCATION_ID=${invocation}`,
  '_PID=1',
];

/** Why the journal shows no lines, or undefined where there simply are none. */
function whyNothing(stderr: string, exitCode: number | undefined): string | undefined {
  if (/insufficient permissions|not seeing messages from other users|Permission denied/i.test(stderr)) {
    return "the daemon's user may not read the journal; the group systemd-journal shows it";
  }
  if (/No journal files were found/.test(stderr)) return 'this machine keeps no journal files';
  if (exitCode === 0) return undefined;
  return redactText(cleanText(stderr.trim().split('\n')[0] ?? '', 200)).text || 'journalctl failed';
}

/** The output of `journalctl --output=json`: an object a line. What is no such line is left out. */
export function parseUnitLines(text: string): UnitLines {
  let redacted = 0;
  const lines = text.split('\n').flatMap((line): UnitLine[] => {
    const entry = parseEntry(line);
    const micros = Number(entry?.['__REALTIME_TIMESTAMP']);
    if (entry === undefined || !Number.isFinite(micros)) return [];
    const message = redactText(cleanText(messageOf(entry['MESSAGE']), longestRead));
    redacted += message.count;
    const priority = /^[0-7]$/.test(String(entry['PRIORITY'])) ? Number(entry['PRIORITY']) : undefined;
    const identifier = entry['SYSLOG_IDENTIFIER'];
    return [
      {
        at: isoTime(Math.floor(micros / 1000)),
        ...(priority === undefined ? {} : { priority }),
        ...(typeof identifier === 'string' ? { identifier: cleanText(identifier, 64) } : {}),
        message: cleanText(message.text, longestMessage),
      },
    ];
  });
  return { lines: lines.reverse(), redacted };
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** journalctl prints bytes that are no UTF-8, or control characters, as numbers, and nothing of what is very long. */
function messageOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '(a message of more than 4 KiB)';
  if (!Array.isArray(value)) return '';
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value as number[]).toString('utf8');
  return value.map(messageOf).join('\n');
}
