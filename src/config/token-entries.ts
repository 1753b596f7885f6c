/**
 * The tokens that the configuration knows by their SHA-256. Never repeats what it was given: someone may have put the
 * token itself there.
 */

import { isScope, type Scope, scopeNames } from '../auth/scopes.ts';
import { agentShape, sha256 } from '../auth/token.ts';
import { didYouMean, type Format, refuseValue } from './formats.ts';

export interface TokenEntry {
  readonly agent: string;
  readonly scopes: readonly Scope[];
  /** Of the token's text, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** ISO 8601, UTC. */
  readonly expires: string;
}

/** Makes a token and prints the entry for it. */
const command = 'systemmanager-mcp token static --agent NAME --scopes monitor --ttl 30d';

const isoShape = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since the epoch of a date (its first moment in UTC) or of a time with its zone. */
function momentOf(text: string): number | undefined {
  const day = isoShape.exec(text)?.[1];
  const moment = Date.parse(text);
  if (day === undefined || Number.isNaN(moment)) return undefined;
  // The parser takes February 31 for March 3.
  return new Date(day).toISOString().startsWith(day) ? moment : undefined;
}

/** What stands in files that were copied and not filled in. */
const placeholders = ['', 'replace-with-real-token', 'change-me', 'changeme', 'secret', 'token', 'password'];

function scopeFault(scopes: unknown): string | undefined {
  if (!Array.isArray(scopes) || scopes.length === 0) {
    return `scopes must be a list of some of ${scopeNames.join(', ')}`;
  }
  const wrong = scopes.find((scope) => typeof scope !== 'string' || !isScope(scope));
  if (wrong === undefined) return undefined;
  // Only what looks like a scope is repeated.
  const named = typeof wrong === 'string' && /^[a-z_:-]{1,24}$/i.test(wrong) ? ` '${wrong}'` : '';
  const near = didYouMean(wrong, scopeNames) || `; there are ${scopeNames.join(', ')}`;
  return `there is no such scope${named}${near}`;
}

function digestFault(digest: unknown): string | undefined {
  if (typeof digest !== 'string' || !/^[0-9a-fA-F]{64}$/.test(digest)) {
    return 'sha256 must be the SHA-256 of the token, 64 hexadecimal digits';
  }
  const known = placeholders.some((word) => sha256(word).toString('hex') === digest.toLowerCase());
  return known ? 'sha256 is that of a placeholder, which anybody can guess' : undefined;
}

/** For each member of an entry what is wrong with it, if anything. */
const members: Readonly<Record<keyof TokenEntry, (value: unknown) => string | undefined>> = {
  agent: (value) =>
    typeof value === 'string' && agentShape.test(value)
      ? undefined
      : 'agent must be 1 to 64 letters, digits, dots, dashes, underscores or @',
  scopes: scopeFault,
  sha256: digestFault,
  expires: (value) =>
    typeof value === 'string' && momentOf(value) !== undefined
      ? undefined
      : 'expires must be a date, or a time with its zone, such as 2027-01-31T00:00:00Z: no token is without an end',
};

const memberNames = Object.keys(members);

function entryFaults(entry: unknown): string[] {
  if (typeof entry === 'string') return ['is a token in plain text, and only its SHA-256 belongs here'];
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return [`must be a map of ${memberNames.join(', ')}`];
  }
  const given = entry as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !memberNames.includes(name));
  const faults = Object.entries(members).flatMap(([name, check]) => check(given[name]) ?? []);
  if (unknown === undefined) return faults;
  return [...faults, `takes ${memberNames.join(', ')} and nothing else${didYouMean(unknown, memberNames)}`];
}

/** Holds only for an entry without faults. */
function keptForm(entry: TokenEntry): TokenEntry {
  return {
    agent: entry.agent,
    scopes: entry.scopes,
    sha256: entry.sha256.toLowerCase(),
    expires: new Date(momentOf(entry.expires) ?? 0).toISOString(),
  };
}

export const tokenEntries: Format<readonly TokenEntry[]> = {
  kind: 'list of {agent, scopes, sha256, expires}',
  fromText: (text) => text,
  read(value) {
    const hint = `Make a token, and the entry to put in its place, by: ${command}`;
    if (typeof value === 'string') refuseValue('is a token in plain text', hint);
    if (!Array.isArray(value)) refuseValue(`must be a list of maps of ${memberNames.join(', ')}`, hint);
    const faults = value.flatMap((entry, index) =>
      entryFaults(entry).map((fault) => `entry ${index + 1}: ${fault}`),
    );
    if (faults.length > 0) refuseValue(faults.join('; '), hint);
    const entries = value.map(keptForm);
    const twice = entries.findIndex(({ sha256 }, at) =>
      entries.slice(0, at).some((one) => one.sha256 === sha256),
    );
    if (twice !== -1)
      refuseValue(`entry ${twice + 1} has the sha256 of an entry before it: whose token is it?`);
    return entries;
  },
};
