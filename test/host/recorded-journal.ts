/** A journal played back from a file of `journalctl --output=json`, oldest first: what of its options is used here. */

import { readFileSync } from 'node:fs';
import type { ProgramEnd, ProgramRequest, Programs } from '../../src/base/run-program.ts';

type Fields = Readonly<Record<string, unknown>>;

export const recordedJournal = (file: string): Programs =>
  playing((args) => ({ lines: selected(readFileSync(file, 'utf8'), args) }));

export interface Played {
  readonly lines: readonly string[];
  readonly stderr?: string;
  readonly exitCode?: number;
}

/** Every program says what `play` makes of its arguments. */
export function playing(play: (args: readonly string[]) => Played): Programs {
  const endOf = ({ stderr = '', exitCode = 0 }: Played): ProgramEnd => ({ exitCode, stderr });
  return {
    async run({ args }: ProgramRequest) {
      const played = play(args);
      return { ...endOf(played), stdout: played.lines.join('\n'), cut: false };
    },
    stream({ args }: ProgramRequest) {
      const played = play(args);
      async function* lines() {
        for (const text of played.lines) yield { text, cut: false };
      }
      return { lines: lines(), ended: Promise.resolve(endOf(played)), kill: () => {} };
    },
  };
}

function selected(text: string, args: readonly string[]): string[] {
  const value = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const written = text.trimEnd().split('\n');
  const lines = args.includes('--reverse') ? written.reverse() : written;
  const unit = value('--unit');
  const identifier = value('--identifier');
  const priority = Number(value('--priority') ?? 7);
  const after = value('--after-cursor');
  const sinceUs = Number(value('--since')?.slice(1) ?? 0) * 1e6;
  const container = value('CONTAINER_NAME');
  const entries = lines.map((line) => ({ line, fields: JSON.parse(line) as Fields }));
  const from = entries.findIndex(({ fields }) => fields['__CURSOR'] === after) + 1;
  return entries
    .slice(from)
    .filter(({ fields }) => unit === undefined || fields['_SYSTEMD_UNIT'] === unit)
    .filter(({ fields }) => identifier === undefined || fields['SYSLOG_IDENTIFIER'] === identifier)
    .filter(({ fields }) => container === undefined || fields['CONTAINER_NAME'] === container)
    .filter(({ fields }) => Number(fields['PRIORITY']) <= priority)
    .filter(({ fields }) => Number(fields['__REALTIME_TIMESTAMP']) >= sinceUs)
    .map(({ line }) => line);
}
