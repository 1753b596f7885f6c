/** Gives back the pages of the runtime's own file that only a start needs. */

import { readFileSync } from 'node:fs';
import type { Native } from './native.ts';

/**
 * Half of what a start reads of that file is never read again, and the kernel cannot tell. The pages leave this process
 * alone: they stay cached as long as there is room, and each that is used after all comes back by itself.
 */
export function settlePages(native: Native): void {
  for (const { start, length } of unwrittenMappings(ownMappings(), process.execPath)) {
    native.forgetPages(start, length);
  }
}

/** Empty where the kernel is built without page monitoring. */
function ownMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return '';
  }
}

export interface Mapping {
  readonly start: number;
  readonly length: number;
}

/**
 * proc_pid_smaps(5): where the file is mapped read-only and no page is this process's own, as those are that the loader
 * has written to: they would be lost.
 */
export function unwrittenMappings(smaps: string, file: string): readonly Mapping[] {
  return smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((mapping) => {
    const [, from = '', to = '', path] = /^(\S+)-(\S+) r-[x-]p(?: +\S+){3} +(.*)$/m.exec(mapping) ?? [];
    if (path !== file || !/^Anonymous: +0 kB$/m.test(mapping) || !/^Swap: +0 kB$/m.test(mapping)) return [];
    const start = Number.parseInt(from, 16);
    return [{ start, length: Number.parseInt(to, 16) - start }];
  });
}
