/** systemctl(1), asked by its argument array: its JSON lists, its properties, and what its failures mean. */

import { cleanLine } from '../base/clean-text.ts';
import { Problem } from '../base/errors.ts';
import type { Programs } from '../base/run-program.ts';
import { redactText } from '../base/secrets.ts';

const deadlineMs = 10_000;

/** 20,000 units take about 4 MiB. */
const mostBytes = 16 * 1024 * 1024;

/**
 * What `systemctl ARGS` printed. Throws `unavailable` where systemd does not run this machine or cannot be reached,
 * and `permission_denied` where it does not let the daemon ask.
 */
export async function systemctl(
  programs: Programs,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const { stdout, stderr, exitCode, cut } = await programs.run({
    program: 'systemctl',
    args: [...args.slice(0, 1), '--no-pager', ...args.slice(1)],
    deadlineMs,
    maxBytes: mostBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  if (cut) throw new Problem('unavailable', { detail: 'systemctl said more than can be read.' });
  if (exitCode !== 0) throw refusal(stderr);
  return stdout;
}

const longestRead = 8192;

/** Words of the machine on one line; secrets are looked for before the cut, for none is recognised by its half. */
export const shortWords = (text: string, maxLength: number): string =>
  cleanLine(redactText(cleanLine(text, longestRead)).text, maxLength);

/** What systemctl complained about, as a Problem. */
export function refusal(stderr: string): Problem {
  if (/not been booted with systemd|Host is down/.test(stderr)) {
    return new Problem('unavailable', {
      detail: 'systemd is not the init system (PID 1) of this machine, so there are no units.',
      hint: 'get_system_status shows what uses this machine.',
    });
  }
  if (/Permission denied|Access denied|Operation not permitted/.test(stderr)) {
    return new Problem('permission_denied', { detail: 'systemd does not let the daemon ask about units.' });
  }
  const words = shortWords(stderr.trim(), 200);
  return new Problem('unavailable', {
    detail: /connect to (?:system )?bus/.test(stderr)
      ? `systemd cannot be reached: ${words}`
      : `systemctl failed: ${words || 'it gave no reason'}`,
  });
}

/** `KEY=VALUE` lines of `systemctl show`; what has no value is left out. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Za-z0-9]+)=(.+)$/gm)) {
    if (value !== '[not set]' && value !== 'n/a') properties.set(key, value);
  }
  return properties;
}

/** A time of `--timestamp=unix` (`@SECONDS`) in milliseconds since the epoch. */
export function parseTimestamp(value: string | undefined): number | undefined {
  const seconds = /^@(\d+)/.exec(value ?? '')?.[1];
  return seconds === undefined || seconds === '0' ? undefined : Number(seconds) * 1000;
}

/** A JSON list of objects. Throws `unavailable` for anything else: systemd before 246 prints tables. */
export function parseRows(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    // Nothing to list is printed as nothing at all by some versions.
    const rows: unknown = text.trim() === '' ? [] : JSON.parse(text);
    if (Array.isArray(rows)) return rows;
  } catch {}
  throw new Problem('unavailable', { detail: 'This version of systemctl does not print lists as JSON.' });
}
