/** Tokens that are refused before they expire, by id, in a private file that the daemon reads again when it changes. */

import { join } from 'node:path';
import { type Clock, isoTime } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { editPrivate, readPrivate } from '../base/private-file.ts';
import { watchFile } from '../base/watched-file.ts';
import { skewMs } from './token.ts';

export interface Revocations {
  includes(tokenId: string): boolean;
}

/** Token id → milliseconds since the epoch after which no token of that id can be valid any more. */
type Revoked = ReadonlyMap<string, number>;

export const revocationFileIn = (stateDirectory: string): string => join(stateDirectory, 'revoked.json');

const idShape = /^[A-Za-z0-9_-]{1,32}$/;

function parseRevoked(text: string | undefined, file: string): Revoked {
  if (text === undefined) return new Map();
  try {
    const entries = Object.entries<string>(JSON.parse(text).revoked);
    const revoked = new Map(entries.map(([id, until]) => [id, Date.parse(until)]));
    if ([...revoked.values()].some(Number.isNaN)) throw new Error('an entry without a time');
    return revoked;
  } catch (cause) {
    throw new Problem('start_failed', {
      detail: `${file} cannot be understood, so no token can be trusted.`,
      hint: 'Mend it, or move it away after rotating the keys: systemmanager-mcp token rotate.',
      cause,
    });
  }
}

/**
 * Adds a token id, and forgets those whose tokens have expired by now. Throws `usage_invalid` for what is no id and
 * `start_failed` where the file cannot be read or written.
 * @param maxAgeSeconds the longest life of a token: after it the entry is of no use any more
 */
export function revoke(file: string, tokenId: string, clock: Clock, maxAgeSeconds: number): void {
  if (!idShape.test(tokenId)) {
    throw new Problem('usage_invalid', {
      detail: 'That is not the id of a token.',
      hint: 'Pass the id that minting printed, or the tokenId of whoami or of the audit; never the token itself.',
    });
  }
  const now = clock.now();
  editPrivate(file, (text) => {
    const revoked = new Map([...parseRevoked(text, file)].filter(([, until]) => until > now));
    revoked.set(tokenId, now + maxAgeSeconds * 1000 + skewMs);
    const entries = [...revoked].map(([id, until]) => [id, isoTime(until)] as const);
    return `${JSON.stringify({ revoked: Object.fromEntries(entries) }, null, 2)}\n`;
  });
}

/**
 * The revocations as they are now. Throws `start_failed` for a file that is exposed or broken; one that breaks later is
 * told to `onTrouble`, and what was revoked stays so.
 */
export function openRevocations(
  file: string,
  clock: Clock,
  onTrouble: (cause: unknown) => void,
): Revocations {
  const watched = watchFile(file, clock, () => parseRevoked(readPrivate(file), file), onTrouble);
  return Object.freeze({ includes: (tokenId: string) => watched.get().has(tokenId) });
}
