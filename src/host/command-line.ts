/** The command lines of processes, secrets replaced, each read once for as long as it is the same process. */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { cleanLine, cleanText } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { redactText } from '../base/secrets.ts';
import type { ProcessStat } from './process-stat.ts';

/** So much is read; of a longer one the end is thrown away, for no secret is recognised by its half. */
const longestBytes = 16 * 1024;
const margin = 4 * 1024;

/** So much is kept. */
const longestKept = 1024;
const mostKept = 20_000;

const buffer = Buffer.allocUnsafe(longestBytes);

/**
 * The text of /proc/PID/cmdline (proc(5)): arguments that each end in a NUL, put in quotes where they hold blanks. A
 * process that wrote a title of its own over them has one text without any.
 */
export function parseCommandLine(text: string): string {
  const whole = text.length < longestBytes ? text : text.slice(0, -margin);
  const args = whole.replace(/\0+$/, '').split('\0');
  const shown = args.length === 1 ? args : args.map(quoted);
  return cleanLine(redactText(cleanText(shown.join(' '))).text, longestKept);
}

/** Of `--name=a b` the value alone, so that what stands under a name is seen whole. */
function quoted(argument: string): string {
  if (!/[\s"]/.test(argument)) return argument;
  const [, name = '', value = ''] = /^(-{0,2}[\w.-]{1,64}=|)([\s\S]*)$/.exec(argument) ?? [];
  return `${name}"${value.replace(/["\\]/g, '\\$&')}"`;
}

export interface CommandLines {
  /** On one line, cleaned and redacted; undefined for a kernel thread and where it can't be read. */
  of(process: ProcessStat): string | undefined;
  /** Forgets those that are not among these. */
  forget(living: ReadonlyMap<number, ProcessStat>): void;
}

export function openCommandLines(machine: MachineRoot): CommandLines {
  // A process that executes another program keeps its number and its start, and gets another name.
  const kept = new Map<number, { startTicks: number; name: string; text: string | undefined }>();
  return {
    of({ pid, startTicks, name }) {
      const last = kept.get(pid);
      if (last?.startTicks === startTicks && last.name === name) return last.text;
      const text = parseCommandLine(beginning(join(machine.proc, String(pid), 'cmdline'))) || undefined;
      if (kept.size >= mostKept) kept.clear();
      kept.set(pid, { startTicks, name, text });
      return text;
    },
    forget(living) {
      for (const pid of kept.keys()) if (!living.has(pid)) kept.delete(pid);
    },
  };
}

function beginning(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, longestBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
