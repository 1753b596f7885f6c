/** What is found on the way through the layers of the configuration, and the one refusal that lists it all. */

import { cleanText } from '../base/clean-text.ts';
import { Problem } from '../base/errors.ts';
import { redactText } from '../base/secrets.ts';

export interface Fault {
  /** Where to mend it: a file with its line, `environment NAME`, `argument --set`; absent for a rule across settings. */
  readonly place?: string;
  /** What is wrong and what would be valid. */
  readonly says: string;
  readonly hint?: string;
}

/** Gathered while the layers are read. */
export interface Findings {
  readonly faults: Fault[];
  readonly warnings: string[];
}

/** A name that somebody wrote, short and without what may be secret or move the cursor. */
export const shownName = (name: string): string =>
  `'${redactText(cleanText(name, 80).replaceAll(/\s+/g, ' ')).text}'`;

/** Throws `config_invalid` with every fault, one a line; with one fault, in a single line. */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const lines = faults.map(({ place, says }) => (place === undefined ? says : `${place}: ${says}`));
  throw new Problem('config_invalid', {
    detail:
      lines.length === 1
        ? `The configuration has a fault: ${lines[0]}${lines[0]?.endsWith('?') ? '' : '.'}`
        : `The configuration has ${lines.length} faults:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    hint:
      [...new Set(faults.flatMap(({ hint }) => hint ?? []))].join('\n') ||
      'Mend it, and see whether it is right by: systemmanager-mcp config check',
  });
}
