/** What the programs and addons of an installed package need of shared libraries, as objdump reads it from them. */

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

export interface Needed {
  /** `libc.so.6` */
  readonly library: string;
  /** `GLIBC_2.28`; none where the library has no versions, or none of them is asked for. */
  readonly versions: readonly string[];
}

/** Of all files below the package's folder together. */
export function neededLibraries(machine: Machine): readonly Needed[] {
  const folder = join(machine.folder, 'usr/lib/systemmanager-mcp');
  const versions = new Map<string, Set<string>>();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).filter(isElf)) {
    const said = execFileSync('objdump', ['-p', path], { encoding: 'utf8' });
    for (const [, library = ''] of said.matchAll(/^ {2}NEEDED +(\S+)$/gm)) {
      versions.set(library, versions.get(library) ?? new Set());
    }
    for (const [, library = '', block = ''] of said.matchAll(
      /^ {2}required from (\S+):\n((?: {4}.*\n)+)/gm,
    )) {
      for (const [, version = ''] of block.matchAll(/ (\S+)$/gm)) versions.get(library)?.add(version);
    }
  }
  return [...versions].map(([library, all]) => ({ library, versions: [...all].sort() }));
}

function isElf(path: string): boolean {
  const start = Buffer.alloc(4);
  const fd = openSync(path, 'r');
  readSync(fd, start);
  closeSync(fd);
  return start.toString('latin1') === '\x7fELF';
}

/** The newest version of the C library that is asked for, e.g. `2.28`. */
export function newestGlibc(needed: readonly Needed[]): string {
  const numbers = needed.flatMap(({ versions }) =>
    versions.flatMap((version) => /^GLIBC_([\d.]+)$/.exec(version)?.[1] ?? []),
  );
  return numbers.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? '';
}
