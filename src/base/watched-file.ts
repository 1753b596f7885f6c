/**
 * What a file says now, at the price of a look a second: for files that other processes replace while this one runs.
 * Knows nothing of what is in them.
 */

import { statSync } from 'node:fs';
import type { Clock } from './clock.ts';

export interface Watched<T> {
  /** What the file says now. */
  get(): T;
}

const lookMs = 1000;

/**
 * What `read` makes of a file, read again when the file has become another one; looked at once a second at most. When
 * the new one cannot be read, the old value goes on, `onTrouble` is told once, and each look tries again.
 */
export function watchFile<T>(
  file: string,
  clock: Clock,
  read: () => T,
  onTrouble: (cause: unknown) => void,
): Watched<T> {
  let seen = identityOf(file);
  let value = read();
  let lookedAt = clock.monotonicMs();
  let troubled = '';
  return {
    get() {
      const now = clock.monotonicMs();
      if (now - lookedAt < lookMs) return value;
      lookedAt = now;
      const found = identityOf(file);
      if (found === seen) return value;
      try {
        value = read();
        seen = found;
      } catch (cause) {
        if (troubled !== found) onTrouble(cause);
        troubled = found;
      }
      return value;
    },
  };
}

/** The time of the last change of the inode tells of a mended mode or owner too. */
function identityOf(file: string): string {
  try {
    const { ino, mtimeMs, ctimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  } catch {
    return 'none';
  }
}
