/** "Did you mean …": the nearest of the valid names to a wrong one. */

import { quote } from './quote.ts';

/** The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The valid name nearest to `wrong`, or undefined when none is near enough to be meant. */
export function nearest(wrong: string, valid: Iterable<string>): string | undefined {
  const word = wrong.slice(0, 64).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of valid) {
    const d = distance(word, name.toLowerCase());
    if (d < bestDistance) {
      best = name;
      bestDistance = d;
    }
  }
  return best;
}

const mostNames = 32;

/** The hint under a name that is none: the nearest, and those that there are. */
export function validNames(wrong: string, valid: readonly string[]): string {
  const near = nearest(wrong, valid);
  const shown = valid.length > mostNames ? [...valid.slice(0, mostNames), '…'] : valid;
  return `${near === undefined ? '' : `Did you mean ${quote(near)}? `}There are ${shown.join(', ') || 'none'}.`;
}
