/**
 * The token: `sm1.` + claims + `.` + HMAC-SHA256 over what stands before it, both in base64url. It is made and read
 * here; who may use it, and until when, is decided in identify.ts.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import type { Narrowing } from './caller.ts';
import type { TokenKey } from './keys.ts';
import { readNarrowing } from './narrowing.ts';
import { isScope, type Scope, scopeNames } from './scopes.ts';

/** What a token says. Times are whole seconds since the epoch. */
export interface Claims {
  /** The key that signed it. */
  readonly kid: string;
  /** The token's own id. */
  readonly tid: string;
  readonly agent: string;
  readonly scopes: readonly Scope[];
  readonly iat: number;
  readonly exp: number;
  readonly narrow?: Narrowing;
}

export interface TokenRequest {
  readonly agent: string;
  readonly scopes: readonly Scope[];
  readonly ttlSeconds: number;
  readonly narrowing?: Narrowing;
}

export interface Minted {
  readonly token: string;
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const version = 'sm1';
const staticPrefix = 'sms_';

/** At most 4,096 characters, of which 48 are version, dots and signature. */
const tokenShape = /^sm1\.([A-Za-z0-9_-]{1,4048})\.([A-Za-z0-9_-]{43})$/;

/** The claims of every token begin with `{"`. Wherever it stands: also as part of a longer word. */
const anyToken = /sm1\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}|sms_[A-Za-z0-9_-]{43}/;

/** Names of agents: they stand in the audit, in journal fields and in the configuration. */
export const agentShape = /^[A-Za-z0-9._@-]{1,64}$/;

/** The clocks of the machine that mints and of the one that verifies may differ so much. */
export const skewMs = 60_000;

const sign = (text: string, secret: Buffer): Buffer => createHmac('sha256', secret).update(text).digest();

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether a text holds what looks like a token of this daemon; linear in its length. */
export const looksLikeToken = (text: string): boolean => anyToken.test(text);

function checkRequest({ agent, scopes, ttlSeconds }: TokenRequest, maxAgeSeconds: number): void {
  if (!agentShape.test(agent)) {
    throw new Problem('usage_invalid', {
      detail: 'The agent’s name must be 1 to 64 letters, digits, dots, dashes, underscores or @.',
      hint: 'Name whom the token is for, e.g. --agent backup-bot.',
    });
  }
  if (scopes.length === 0) {
    throw new Problem('usage_invalid', {
      detail: 'A token needs a scope.',
      hint: `Pass --scopes with some of ${scopeNames.join(', ')}.`,
    });
  }
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > maxAgeSeconds) {
    throw new Problem('usage_invalid', {
      detail: `A token may live from 1 to ${maxAgeSeconds} seconds (security.max_token_age), not ${ttlSeconds}.`,
      hint: 'Pass a shorter --ttl; tokens without an end are not made.',
    });
  }
}

/** Signs a new token. Throws `usage_invalid` for a name, lifetime or narrowing that this version would refuse. */
export function mintToken(key: TokenKey, request: TokenRequest, clock: Clock, maxAgeSeconds: number): Minted {
  checkRequest(request, maxAgeSeconds);
  const narrow = request.narrowing && readNarrowing(request.narrowing, request.scopes);
  const iat = Math.floor(clock.now() / 1000);
  const claims: Claims = {
    kid: key.id,
    // In hexadecimal, since an operator writes it on a command line: in base64url one in 64 would begin with a dash.
    tid: randomBytes(9).toString('hex'),
    agent: request.agent,
    scopes: [...new Set(request.scopes)],
    iat,
    exp: iat + request.ttlSeconds,
    ...(narrow === undefined ? {} : { narrow }),
  };
  const head = `${version}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return {
    token: `${head}.${sign(head, key.secret).toString('base64url')}`,
    tokenId: claims.tid,
    expiresAt: claims.exp * 1000,
  };
}

export interface StaticToken {
  /** Shown once. */
  readonly token: string;
  /** What stands in `security.auth_tokens`. */
  readonly entry: {
    readonly agent: string;
    readonly scopes: readonly Scope[];
    readonly sha256: string;
    readonly expires: string;
  };
}

/** A token without claims, known to the configuration by its SHA-256. Throws `usage_invalid`. */
export function staticToken(request: TokenRequest, clock: Clock, maxAgeSeconds: number): StaticToken {
  checkRequest(request, maxAgeSeconds);
  const token = staticPrefix + randomBytes(32).toString('base64url');
  return {
    token,
    entry: {
      agent: request.agent,
      scopes: request.scopes,
      sha256: sha256(token).toString('hex'),
      expires: new Date(clock.now() + request.ttlSeconds * 1000).toISOString(),
    },
  };
}

const invalid = (detail: string): Problem =>
  new Problem('token_invalid', { detail, hint: 'Mint a new one: systemmanager-mcp token mint …' });

const malformed = (): Problem =>
  invalid('The token is malformed: it is sm1.CLAIMS.SIGNATURE in base64url, or sms_ and 43 characters.');

/** The bytes of a base64url text; undefined for a spelling that we would not write, of which some have the same bytes. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/**
 * The claims of a token that one of the keys has signed. Says nothing yet of expiry, revocation or age.
 * @param findKey the key of an id, or undefined
 * Throws `token_invalid`, which never repeats the token.
 */
export function verifySignature(token: string, findKey: (id: string) => TokenKey | undefined): Claims {
  const [, payload = '', signature = ''] = tokenShape.exec(token) ?? [];
  const json = decode(payload);
  const claimed = decode(signature);
  if (payload === '' || json === undefined || claimed === undefined) throw malformed();
  const claims = parseClaims(json);
  const key = typeof claims['kid'] === 'string' ? findKey(claims['kid']) : undefined;
  // An unknown key costs the same time as a wrong signature.
  const expected = sign(`${version}.${payload}`, key?.secret ?? Buffer.alloc(32));
  if (!timingSafeEqual(expected, claimed) || key === undefined) {
    throw invalid('The token was not signed by this daemon, or its key is gone.');
  }
  return checkClaims(claims);
}

function parseClaims(json: Buffer): Readonly<Record<string, unknown>> {
  let claims: unknown;
  try {
    claims = JSON.parse(json.toString('utf8'));
  } catch {
    throw malformed();
  }
  if (!isRecord(claims)) throw malformed();
  return claims;
}

/** Signed by us is not enough: another version may have meant more by it than this one would enforce. */
function checkClaims(claims: Readonly<Record<string, unknown>>): Claims {
  const { kid, tid, agent, scopes, iat, exp, narrow, ...others } = claims;
  const wellFormed =
    typeof kid === 'string' &&
    typeof tid === 'string' &&
    typeof agent === 'string' &&
    agentShape.test(agent) &&
    isTextList(scopes) &&
    scopes.length > 0;
  if (!wellFormed) throw invalid('The token’s claims are incomplete.');
  if (Object.keys(others).length > 0) {
    throw invalid('The token carries a claim that this version does not know.');
  }
  if (!isSeconds(iat) || !isSeconds(exp) || exp <= iat) {
    throw invalid('The token has no valid issue time and expiry.');
  }
  if (!scopes.every(isScope)) {
    throw invalid(
      `The token carries a scope that this version does not know; there are ${scopeNames.join(', ')}.`,
    );
  }
  const known = { kid, tid, agent, scopes: Object.freeze([...scopes]), iat, exp };
  if (narrow === undefined) return Object.freeze(known);
  if (!isNarrowing(narrow)) throw invalid('The token’s narrowing is malformed.');
  return Object.freeze({ ...known, narrow: Object.freeze(narrow) });
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

const isNarrowing = (value: unknown): value is Narrowing =>
  isRecord(value) && Object.values(value).every(isTextList);
