/** Plays back what programs said on a machine: test/fixtures/programs/MACHINE/*.txt, each with its command line on top. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../../src/base/errors.ts';
import type { ProgramEnd, ProgramLine, Programs } from '../../src/base/run-program.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures/programs');

export function recordedPrograms(machine: string): Programs {
  const folder = join(fixtures, machine);
  const records = new Map(
    readdirSync(folder).map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const end = text.indexOf('\n');
      return [text.slice(2, end), text.slice(end + 1)];
    }),
  );
  const said = (program: string, args: readonly string[]): string => {
    const stdout = records.get([program, ...args].join(' '));
    if (stdout !== undefined) return stdout;
    throw new Problem('unavailable', { detail: `Not on record: ${[program, ...args].join(' ')}` });
  };
  return {
    run: async ({ program, args }) => ({ stdout: said(program, args), stderr: '', exitCode: 0, cut: false }),
    stream: ({ program, args }) => ({
      lines: linesOf(said(program, args)),
      ended: Promise.resolve<ProgramEnd>({ exitCode: 0, stderr: '' }),
      kill: () => {},
    }),
  };
}

async function* linesOf(text: string): AsyncGenerator<ProgramLine> {
  for (const line of text.split('\n').slice(0, -1)) yield { text: line, cut: false };
}
