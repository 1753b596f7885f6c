/** `token …`: mint, revoke, rotate; and static tokens for the configuration. Secrets go to standard output alone. */

import { existsSync } from 'node:fs';
import { keysFromCredential } from '../auth/credential-key.ts';
import { type KeyRing, keyFileIn, makeKeys, readKeys, rotateKeys } from '../auth/keys.ts';
import { revocationFileIn, revoke as revokeToken } from '../auth/revocations.ts';
import { mintToken, staticToken, type TokenRequest } from '../auth/token.ts';
import { isoTime, systemClock } from '../base/clock.ts';
import { parseDuration } from '../base/duration.ts';
import { Problem } from '../base/errors.ts';
import { loadConfig } from '../config/load.ts';
import { ensureFolder, type Places } from '../config/places.ts';
import { type Account, accountOf, runningAsRoot } from '../daemon/privilege.ts';
import { requiredText, textsOf, type Values } from './command.ts';
import { parseNarrowing, parseScopes } from './scopes.ts';
import { placesFor } from './where.ts';

const maxAgeSeconds = (places: Places): number => loadConfig({ places }).config.security.max_token_age;

/**
 * The keys that the daemon of these places verifies with. The installed daemon may have them as a credential; made
 * here where nobody has made any.
 */
export function keysForMinting(places: Places): KeyRing {
  const fromCredential = places.kind === 'system' ? keysFromCredential() : undefined;
  if (fromCredential !== undefined) return fromCredential;
  const file = keyFileIn(places.stateDirectory);
  if (existsSync(file)) return readKeys(file);
  ensureFolder(places.stateDirectory, { mode: 0o750, ...daemonOwner(places) });
  return makeKeys(file, systemClock);
}

/** What root makes before the daemon's first start belongs to the daemon's user, or that could not read it. */
function daemonOwner(places: Places): { owner?: Account } {
  if (places.kind === 'user' || !runningAsRoot()) return {};
  return { owner: accountOf(loadConfig({ places }).config.server.user) };
}

/** Throws `usage_invalid` for what is missing or malformed. */
function requestOf(values: Values): TokenRequest {
  const ttl = requiredText(values, 'ttl');
  const ttlSeconds = parseDuration(ttl);
  if (ttlSeconds === undefined) {
    throw new Problem('usage_invalid', {
      detail: `--ttl ${ttl} is no time.`,
      hint: 'Write seconds, or a number with s, m, h, d or w: 3600, 15m, 1h, 30d.',
    });
  }
  return {
    agent: requiredText(values, 'agent'),
    scopes: parseScopes(requiredText(values, 'scopes')),
    ttlSeconds,
  };
}

export async function mint(values: Values): Promise<number> {
  const places = placesFor(values);
  const request = { ...requestOf(values), ...parseNarrowing(textsOf(values, 'narrow')) };
  const minted = mintToken(keysForMinting(places).current, request, systemClock, maxAgeSeconds(places));
  console.log(minted.token);
  console.error(`Token ${minted.tokenId} for ${request.agent}, valid until ${isoTime(minted.expiresAt)}.`);
  return 0;
}

export async function mintStatic(values: Values): Promise<number> {
  const request = requestOf(values);
  const { token, entry } = staticToken(request, systemClock, maxAgeSeconds(placesFor(values)));
  console.log(token);
  console.error(
    `Put this into the configuration:\n\nsecurity:\n  auth_tokens:\n    - agent: "${entry.agent}"\n` +
      `      scopes: [${entry.scopes.map((scope) => `"${scope}"`).join(', ')}]\n` +
      `      sha256: "${entry.sha256}"\n      expires: "${entry.expires}"\n`,
  );
  return 0;
}

export async function revoke(values: Values, [id]: readonly string[]): Promise<number> {
  if (id === undefined) {
    throw new Problem('usage_invalid', {
      detail: 'ID is missing.',
      hint: 'token mint prints it, and the audit has it as tokenId.',
    });
  }
  const places = placesFor(values);
  revokeToken(revocationFileIn(places.stateDirectory), id, systemClock, maxAgeSeconds(places));
  console.error(`Token ${id} is refused from now on.`);
  return 0;
}

export async function rotate(values: Values): Promise<number> {
  const places = placesFor(values);
  if (places.kind === 'system' && keysFromCredential() !== undefined) {
    throw new Problem('usage_invalid', {
      detail: 'The keys are a credential of systemd, which is rotated where it is made.',
      hint: 'Encrypt a new key file by systemd-creds as docs/tokens.md shows, and restart the daemon.',
    });
  }
  const ring = rotateKeys(keyFileIn(places.stateDirectory), systemClock, maxAgeSeconds(places));
  console.error(
    `New tokens are signed with the key ${ring.current.id}; ${ring.keys.length - 1} older ones still verify.`,
  );
  return 0;
}
