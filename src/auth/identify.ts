/**
 * Who sends a request: the one place where a proof becomes a `Caller`. Every request is judged anew; only the
 * signature of a token is remembered for a moment.
 */

import { timingSafeEqual } from 'node:crypto';
import { type Clock, isoTime } from '../base/clock.ts';
import { asProblem, Problem } from '../base/errors.ts';
import type { Caller, Door } from './caller.ts';
import type { KeySource, TokenKey } from './keys.ts';
import { unenforced } from './narrowing.ts';
import type { Revocations } from './revocations.ts';
import { readScopes, type Scope } from './scopes.ts';
import { openThrottle } from './throttle.ts';
import { type Claims, sha256, skewMs, verifySignature } from './token.ts';

/** What a request shows of its sender. */
export interface Credential {
  /** Every Authorization header, as sent. */
  readonly authorization: readonly string[];
  readonly door: Door;
  readonly source: string;
  /** On this machine and through no proxy. */
  readonly local: boolean;
}

export interface ConfiguredToken {
  readonly agent: string;
  readonly scopes: readonly Scope[];
  /** Of the token, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface AuthSettings {
  readonly authRequired: boolean;
  readonly configuredTokens: readonly ConfiguredToken[];
  readonly maxTokenAgeSeconds: number;
}

export interface Identifier {
  /** Throws `token_*` (401) or `auth_throttled` (429). */
  identify(credential: Credential): Caller;
}

export interface IdentifierParts {
  readonly keys: KeySource;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly settings: () => AuthSettings;
}

const rememberMs = 30_000;
const mostRemembered = 1000;

export function openIdentifier({ keys, revocations, clock, settings }: IdentifierParts): Identifier {
  const claimsOf = openMemory(keys, clock);
  const throttle = openThrottle(clock);

  const refuseRevoked = (tokenId: string): void => {
    if (!revocations.includes(tokenId)) return;
    throw new Problem('token_revoked', { hint: anotherToken });
  };

  const fromSigned = (token: string, { door, source }: Credential): Caller => {
    const claims = claimsOf(token);
    refuseUntimely(claims, keys.ring().find(claims.kid), clock.now(), settings().maxTokenAgeSeconds);
    refuseRevoked(claims.tid);
    refuseLoose(claims);
    return Object.freeze({
      agent: claims.agent,
      proof: 'token',
      tokenId: claims.tid,
      scopes: claims.scopes,
      expiresAt: claims.exp * 1000,
      door,
      source,
      ...(claims.narrow === undefined ? {} : { narrowing: claims.narrow }),
    });
  };

  const fromConfigured = (token: string, { door, source }: Credential): Caller | undefined => {
    const { configuredTokens, maxTokenAgeSeconds } = settings();
    const found = entryOf(token, configuredTokens);
    if (found === undefined) return undefined;
    const now = clock.now();
    if (now >= found.expiresAt) throw expired(found.expiresAt);
    if (found.expiresAt - now > maxTokenAgeSeconds * 1000) throw tooLong();
    const tokenId = found.sha256.slice(0, 12).toLowerCase();
    refuseRevoked(tokenId);
    return Object.freeze({
      agent: found.agent,
      proof: 'configured-token',
      tokenId,
      scopes: found.scopes,
      expiresAt: found.expiresAt,
      door,
      source,
    });
  };

  return Object.freeze({
    identify(credential: Credential): Caller {
      const { authorization, door, source, local } = credential;
      if (authorization.length === 0) {
        if (settings().authRequired || !local) {
          throw new Problem('token_missing', {
            hint: 'Send "Authorization: Bearer TOKEN"; systemmanager-mcp token mint makes one.',
          });
        }
        return Object.freeze({ agent: 'anonymous', proof: 'none', scopes: readScopes, door, source });
      }
      try {
        const token = bearerToken(authorization);
        return fromConfigured(token, credential) ?? fromSigned(token, credential);
      } catch (thrown) {
        const problem = asProblem(thrown);
        throw problem.kind.status === 401 ? throttle.refused(source, problem) : problem;
      }
    },
  });
}

/**
 * The claims of signed tokens, remembered for half a minute and as long as the keys are the same: that saves the
 * signature and the parsing, and no other check.
 */
function openMemory(keys: KeySource, clock: Clock): (token: string) => Claims {
  const remembered = new Map<string, { readonly claims: Claims; readonly until: number }>();
  let ring = keys.ring();
  return (token) => {
    const now = clock.monotonicMs();
    const today = keys.ring();
    if (today !== ring) remembered.clear();
    ring = today;
    const known = remembered.get(token);
    if (known !== undefined && now < known.until) return known.claims;
    const claims = verifySignature(token, ring.find);
    remembered.delete(token);
    remembered.set(token, { claims, until: now + rememberMs });
    const oldest = remembered.size > mostRemembered ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    return claims;
  };
}

const anotherToken = 'Mint a new one: systemmanager-mcp token mint …';

const expired = (expiresAt: number): Problem =>
  new Problem('token_expired', { detail: `The token expired at ${isoTime(expiresAt)}.`, hint: anotherToken });

const tooLong = (): Problem =>
  new Problem('token_invalid', {
    detail: 'The token lives longer than security.max_token_age allows.',
    hint: 'Make one with a shorter --ttl.',
  });

/** @param key the key that signed it, where there still is one */
function refuseUntimely(claims: Claims, key: TokenKey | undefined, now: number, maxAgeSeconds: number): void {
  if (key === undefined || (key.verifyUntil !== undefined && now >= key.verifyUntil)) {
    throw new Problem('token_invalid', {
      detail: 'The key of this token was rotated away.',
      hint: anotherToken,
    });
  }
  if (now >= claims.exp * 1000) throw expired(claims.exp * 1000);
  if (claims.iat * 1000 > now + skewMs) {
    throw new Problem('token_not_yet_valid', {
      hint: 'The clock of this machine or of the one that made the token is wrong: see timedatectl.',
    });
  }
  if (claims.exp - claims.iat > maxAgeSeconds) throw tooLong();
}

function refuseLoose({ narrow }: Claims): void {
  const loose = narrow === undefined ? [] : unenforced(narrow);
  if (loose.length === 0) return;
  throw new Problem('token_invalid', {
    detail: `The token narrows ${loose.join(', ')}, which this version does not enforce.`,
    hint: 'Mint one without that narrowing, or run the version that it was minted for.',
  });
}

/** Every entry is compared, so that the time tells nothing of which one came near. */
function entryOf(token: string, entries: readonly ConfiguredToken[]): ConfiguredToken | undefined {
  if (entries.length === 0) return undefined;
  const digest = sha256(token);
  let found: ConfiguredToken | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(Buffer.from(entry.sha256, 'hex'), digest)) found = entry;
  }
  return found;
}

const bearerHint = 'Send one header "Authorization: Bearer TOKEN".';

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
function bearerToken(authorization: readonly string[]): string {
  const [header = '', another] = authorization;
  if (another !== undefined) {
    throw new Problem('token_invalid', {
      detail: 'There are several Authorization headers.',
      hint: bearerHint,
    });
  }
  const [, token] = /^bearer +(\S.*)$/i.exec(header) ?? [];
  if (token === undefined) {
    throw new Problem('token_invalid', {
      detail: 'The Authorization header is not of the scheme Bearer, or holds no token.',
      hint: bearerHint,
    });
  }
  return token;
}
