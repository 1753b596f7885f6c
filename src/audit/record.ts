/**
 * What is written down of a call: the shape of a record, how an end is called in it, and how it becomes a line. It knows
 * nothing of where lines go. docs/audit.md explains each field.
 */

import type { Caller } from '../auth/caller.ts';
import type { Problem } from '../base/errors.ts';

/**
 * `intent`: a change is about to be made. `ok`, `refused`, `failed`, `cancelled`: how a call ended. `folded`: many
 * refusals in one. `lost`: records that could not be written.
 */
export type Outcome = 'intent' | 'ok' | 'refused' | 'failed' | 'cancelled' | 'folded' | 'lost';

/** One line of the audit file. What does not apply is absent. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly outcome: Outcome;
  readonly correlationId?: string;
  readonly agent?: string;
  readonly proof?: Caller['proof'];
  readonly tokenId?: string;
  readonly scopes?: readonly string[];
  readonly door?: string;
  readonly source?: string;
  readonly tool?: string;
  /** The older name that was used. */
  readonly alias?: string;
  /** Method and path, where no tool was reached. */
  readonly route?: string;
  /** The unit of systemd that the arguments name, with its type. */
  readonly unit?: string;
  readonly arguments?: unknown;
  /** How many secrets were replaced in the arguments. */
  readonly redacted?: number;
  readonly code?: string;
  readonly message?: string;
  readonly durationMs?: number;
  /** Of the answer. */
  readonly bytes?: number;
  readonly truncated?: boolean;
  /** Of folded refusals or lost records. */
  readonly count?: number;
  /** Of folded refusals: how many of each error code. */
  readonly codes?: Readonly<Record<string, number>>;
  /** Of folded refusals: when the first and the last came. */
  readonly since?: string;
  readonly until?: string;
}

/**
 * How a call that failed is called. One that never ran was `refused`; after its intent was recorded a call is never
 * that, whatever it failed with.
 */
export function outcomeOf(problem: Problem, intended: boolean): Outcome {
  if (problem.code === 'cancelled') return 'cancelled';
  if (intended) return 'failed';
  const turnedAway = ['busy', 'draining', 'audit_unwritable'].includes(problem.code);
  return turnedAway || problem.kind.status < 500 ? 'refused' : 'failed';
}

/** The longest line; what is over goes from the arguments. */
const mostBytes = 16 * 1024;
const previewLength = 2000;

/** JSON on one line of at most 16 KiB, without its newline. */
export function lineOf(record: AuditRecord): string {
  const line = JSON.stringify(record);
  // UTF-8 takes three bytes at most for what is one unit here: most lines need no counting.
  if (line.length * 3 <= mostBytes || Buffer.byteLength(line) <= mostBytes) return line;
  const whole = JSON.stringify(record.arguments) ?? '';
  const preview = `${whole.slice(0, previewLength).toWellFormed()}… (${Buffer.byteLength(whole)} bytes)`;
  return JSON.stringify({ ...record, arguments: preview });
}
