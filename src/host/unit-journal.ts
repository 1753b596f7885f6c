/** The last lines that the journal has of one run of a unit, and of systemd about it. */

import { cleanText } from '../base/clean-text.ts';
import { asProblem } from '../base/errors.ts';
import type { Programs } from '../base/run-program.ts';
import { redactText } from '../base/secrets.ts';
import { type Priority, parseJournalEntry } from './journal-entry.ts';
import type { Reading } from './reading.ts';

export interface UnitLine {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly priority?: Priority;
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

/** journalctl leaves such a message out. */
const tooLong = '(a message of more than 4 KiB)';

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
    const entry = parseJournalEntry(line);
    if (entry === undefined) return [];
    const message = redactText(cleanText(entry.message ?? tooLong, longestRead));
    redacted += message.count;
    return [
      {
        at: entry.at,
        ...(entry.priority === undefined ? {} : { priority: entry.priority }),
        ...(entry.identifier === undefined ? {} : { identifier: cleanText(entry.identifier, 64) }),
        message: cleanText(message.text, longestMessage),
      },
    ];
  });
  return { lines: lines.reverse(), redacted };
}
