/**
 * The keys that sign tokens: the first one signs, the others verify until the last of their tokens has expired. They
 * come from systemd's credentials or from a private file, never from a command line.
 */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { editPrivate, makePrivate, readPrivate } from '../base/private-file.ts';
import { watchFile } from '../base/watched-file.ts';

export interface TokenKey {
  readonly id: string;
  readonly secret: Buffer;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch after which the key verifies no more; absent on the key that signs. */
  readonly verifyUntil?: number;
}

export interface KeyRing {
  /** The key that signs. */
  readonly current: TokenKey;
  find(id: string): TokenKey | undefined;
  readonly keys: readonly TokenKey[];
  /** The file they come from. */
  readonly source: string;
}

export interface KeySource {
  /** The keys as they are now: a rotation needs no restart. */
  ring(): KeyRing;
}

/** The name of the credential. */
export const credentialName = 'systemmanager.keys';
export const keyFileIn = (stateDirectory: string): string => join(stateDirectory, 'keys.json');

const secretBytes = 32;
const fileVersion = 1;

const unusable = (source: string, why: string): Problem =>
  new Problem('start_failed', {
    detail: `The keys in ${source} cannot be used: ${why}.`,
    hint: 'Move the file away: new keys are made at the next start, and tokens of the old ones end.',
  });

const placeholder = /change-?me|replace-?with|placeholder/i;

/** 43 random characters of 64 have fewer different ones about once in 10^13 times. */
const leastVariety = 16;

function parseSecret(text: unknown, id: string, source: string): Buffer {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]+$/.test(text)) {
    throw unusable(source, `the secret of ${id} is empty or not base64url`);
  }
  const secret = Buffer.from(text, 'base64url');
  const short = secret.length < secretBytes;
  if (placeholder.test(text) || (!short && new Set(text).size < leastVariety)) {
    throw unusable(source, `the secret of ${id} is a placeholder, not a random one`);
  }
  if (short) throw unusable(source, `the secret of ${id} is shorter than ${secretBytes} bytes`);
  return secret;
}

function parseKey(given: unknown, source: string): TokenKey {
  const { id, secret, createdAt, verifyUntil } = (given ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,32}$/.test(id))
    throw unusable(source, 'a key has no valid id');
  const raw = parseSecret(secret, id, source);
  const at = (value: unknown, name: string): number => {
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time)) throw unusable(source, `${name} of ${id} is no time`);
    return time;
  };
  return Object.freeze({
    id,
    secret: raw,
    createdAt: at(createdAt, 'createdAt'),
    ...(verifyUntil === undefined ? {} : { verifyUntil: at(verifyUntil, 'verifyUntil') }),
  });
}

/** The keys in the text of a key file. Throws `start_failed` that names the source and what is wrong with it. */
export function parseKeys(text: string, source: string): KeyRing {
  let file: { version?: unknown; keys?: unknown };
  try {
    file = JSON.parse(text) ?? {};
  } catch {
    throw unusable(source, text.trim() === '' ? 'the file is empty' : 'this is no JSON made by this program');
  }
  if (file.version !== fileVersion) throw unusable(source, 'its version is unknown');
  if (!Array.isArray(file.keys) || file.keys.length === 0) throw unusable(source, 'there is no key in it');
  const keys = Object.freeze(file.keys.map((key) => parseKey(key, source)));
  const [current] = keys;
  if (current === undefined || current.verifyUntil !== undefined)
    throw unusable(source, 'no key in it signs');
  const byId = new Map(keys.map((key) => [key.id, key]));
  if (byId.size < keys.length) throw unusable(source, 'two keys have one id');
  return Object.freeze({ current, keys, source, find: (id: string) => byId.get(id) });
}

const asText = (keys: readonly TokenKey[]): string =>
  `${JSON.stringify(
    {
      version: fileVersion,
      keys: keys.map(({ id, secret, createdAt, verifyUntil }) => ({
        id,
        secret: secret.toString('base64url'),
        createdAt: new Date(createdAt).toISOString(),
        ...(verifyUntil === undefined ? {} : { verifyUntil: new Date(verifyUntil).toISOString() }),
      })),
    },
    null,
    2,
  )}\n`;

const newKey = (clock: Clock): TokenKey =>
  Object.freeze({
    id: randomBytes(6).toString('base64url'),
    secret: randomBytes(secretBytes),
    createdAt: clock.now(),
  });

/** Throws `start_failed` for a file that is missing, exposed or unusable. */
export function readKeys(file: string, groupReadable = false): KeyRing {
  return parseFound(readPrivate(file, groupReadable), file);
}

function parseFound(text: string | undefined, file: string): KeyRing {
  if (text !== undefined) return parseKeys(text, file);
  throw new Problem('start_failed', {
    detail: `There are no keys in ${file}.`,
    hint: 'Start the daemon once: it makes them. Or say --user for this user’s own instance.',
  });
}

/** Makes a key file where there is none; two processes that do so at once end with the same keys. */
export function makeKeys(file: string, clock: Clock): KeyRing {
  makePrivate(file, asText([newKey(clock)]));
  return readKeys(file);
}

/**
 * Puts a new key in front. The others verify until the last token that they can have signed has expired; those past
 * that are dropped.
 */
export function rotateKeys(file: string, clock: Clock, maxAgeSeconds: number): KeyRing {
  const now = clock.now();
  editPrivate(file, (text) => {
    const kept = parseFound(text, file)
      .keys.map((key) => ({ ...key, verifyUntil: key.verifyUntil ?? now + maxAgeSeconds * 1000 }))
      .filter((key) => key.verifyUntil > now);
    return asText([newKey(clock), ...kept]);
  });
  return readKeys(file);
}

export interface KeyPlaces {
  /** systemd.exec(5), $CREDENTIALS_DIRECTORY. */
  readonly credentialsDirectory?: string | undefined;
  readonly stateDirectory: string;
}

/**
 * The keys that the daemon works with; made in the state folder where there are none anywhere. A file that breaks later
 * is told to `onTrouble`, and the keys go on as they were.
 */
export function openKeySource(
  places: KeyPlaces,
  clock: Clock,
  onTrouble: (cause: unknown) => void,
): KeySource {
  const credential = join(places.credentialsDirectory ?? '/', credentialName);
  const handed = places.credentialsDirectory !== undefined && existsSync(credential);
  const file = handed ? credential : keyFileIn(places.stateDirectory);
  if (!existsSync(file)) makeKeys(file, clock);
  const watched = watchFile(file, clock, () => readKeys(file, handed), onTrouble);
  return Object.freeze({ ring: () => watched.get() });
}
