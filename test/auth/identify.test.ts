import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type AuthSettings,
  type ConfiguredToken,
  type Credential,
  openIdentifier,
} from '../../src/auth/identify.ts';
import { makeKeys, openKeySource, rotateKeys } from '../../src/auth/keys.ts';
import { openRevocations, revoke } from '../../src/auth/revocations.ts';
import { mintToken } from '../../src/auth/token.ts';
import { stillClock } from '../still-clock.ts';
import { folderFor } from './folder.ts';
import { goodClaims, signed } from './signed.ts';

const hourSeconds = 3600;
const daySeconds = 86_400;

/** A door with real keys in a real folder. */
function openDoor(t: TestContext, changed: Partial<AuthSettings> = {}) {
  const folder = folderFor(t);
  const clock = stillClock();
  const keyFile = join(folder, 'keys.json');
  const revoked = join(folder, 'revoked.json');
  const troubles: unknown[] = [];
  const keys = openKeySource({ stateDirectory: folder }, clock, (cause) => troubles.push(cause));
  const revocations = openRevocations(revoked, clock, (cause) => troubles.push(cause));
  let settings: AuthSettings = {
    authRequired: true,
    configuredTokens: [],
    maxTokenAgeSeconds: daySeconds,
    ...changed,
  };
  const { identify } = openIdentifier({ keys, revocations, clock, settings: () => settings });
  const show = (...authorization: string[]): Credential => ({
    authorization,
    door: 'tcp',
    source: '192.0.2.7',
    local: false,
  });
  return {
    clock,
    keyFile,
    revoked,
    troubles,
    identify,
    show,
    bearer: (token: string) => identify(show(`Bearer ${token}`)),
    mint: (ttlSeconds = hourSeconds, key = keys.ring().current) =>
      mintToken(key, { agent: 'claude', scopes: ['monitor'], ttlSeconds }, clock, daySeconds),
    /** Signs any claims with the key in force. */
    sign: (claims: object) => {
      const { id, secret } = keys.ring().current;
      return signed({ ...goodClaims, kid: id, ...claims }, secret);
    },
    reload: (next: Partial<AuthSettings>) => {
      settings = { ...settings, ...next };
    },
  };
}

test('a valid token makes a caller', (t) => {
  const { bearer, mint } = openDoor(t);
  const { token, tokenId } = mint();
  assert.deepEqual(bearer(token), {
    agent: 'claude',
    proof: 'token',
    tokenId,
    scopes: ['monitor'],
    expiresAt: Date.UTC(2026, 0, 2, 4, 4, 5),
    door: 'tcp',
    source: '192.0.2.7',
  });
});

test('a caller cannot be changed', (t) => {
  const { bearer, mint } = openDoor(t);
  const caller = bearer(mint().token);
  assert.ok(Object.isFrozen(caller) && Object.isFrozen(caller.scopes));
});

for (const scheme of ['Bearer ', 'bearer ', 'BEARER ', 'Bearer   ']) {
  test(`the scheme may be written '${scheme}'`, (t) => {
    const { identify, show, mint } = openDoor(t);
    assert.equal(identify(show(scheme + mint().token)).agent, 'claude');
  });
}

test('no token is answered with what to send', (t) => {
  const { identify, show } = openDoor(t);
  assert.throws(() => identify(show()), { code: 'token_missing', hint: /Authorization: Bearer/ });
});

for (const header of ['', ' ', 'Bearer', 'Bearer ', 'Basic dTpw', 'Token x', 'x', '\tBearer x', 'Bearerx']) {
  test(`the header '${header}' is refused with what to send`, (t) => {
    const { identify, show } = openDoor(t);
    assert.throws(() => identify(show(header)), { code: 'token_invalid', hint: /Authorization: Bearer/ });
  });
}

test('two Authorization headers are refused, even with a valid token in both', (t) => {
  const { identify, show, mint } = openDoor(t);
  const header = `Bearer ${mint().token}`;
  assert.throws(() => identify(show(header, header)), { code: 'token_invalid', detail: /several/ });
});

test('a header with something behind the token is refused', (t) => {
  const { bearer, mint } = openDoor(t);
  assert.throws(() => bearer(`${mint().token} x`), { code: 'token_invalid' });
});

test('a header of 1 MB is refused', (t) => {
  const { bearer } = openDoor(t);
  assert.throws(() => bearer('a'.repeat(1024 * 1024)), { code: 'token_invalid' });
});

test('a token is good for the last millisecond before its expiry and not at it, though remembered', (t) => {
  const { bearer, mint, clock } = openDoor(t);
  const { token } = mint(10);
  bearer(token);
  clock.forward(9_999);
  bearer(token);
  clock.forward(1);
  assert.throws(() => bearer(token), { code: 'token_expired', detail: /2026-01-02T03:04:15/ });
});

test('a token dated a minute ahead is accepted, a second more is not', (t) => {
  const { bearer, sign } = openDoor(t);
  const from = (iat: number) => sign({ iat, exp: iat + 60 });
  assert.equal(bearer(from(goodClaims.iat + 60)).agent, 'claude');
  assert.throws(() => bearer(from(goodClaims.iat + 61)), { code: 'token_not_yet_valid' });
});

test('a signed token that lives longer than the longest time is refused', (t) => {
  const { bearer, sign } = openDoor(t);
  const { iat } = goodClaims;
  assert.equal(bearer(sign({ exp: iat + daySeconds })).agent, 'claude');
  for (const exp of [iat + daySeconds + 1, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => bearer(sign({ exp })), { code: 'token_invalid', detail: /max_token_age/ });
  }
});

test('a longest time made shorter counts at the next request', (t) => {
  const { bearer, mint, reload } = openDoor(t);
  const { token } = mint();
  bearer(token);
  reload({ maxTokenAgeSeconds: 60 });
  assert.throws(() => bearer(token), { code: 'token_invalid', detail: /max_token_age/ });
});

test('a token of an unknown key is refused', (t) => {
  const { bearer, sign } = openDoor(t);
  assert.throws(() => bearer(sign({ kid: 'other' })), { code: 'token_invalid' });
});

test('after a rotation old and new tokens are good, and the old ones end with the longest life', (t) => {
  const { bearer, mint, clock, keyFile } = openDoor(t);
  const old = mint(daySeconds).token;
  const ring = rotateKeys(keyFile, clock, hourSeconds);
  clock.forward(1000);
  bearer(old);
  bearer(mint(hourSeconds, ring.current).token);
  clock.forward(hourSeconds * 1000 - 1001);
  bearer(old);
  clock.forward(1);
  assert.throws(() => bearer(old), { code: 'token_invalid', detail: /rotated away/ });
});

test('a token of a key that is gone is refused within a second, though remembered', (t) => {
  const { bearer, mint, clock, keyFile } = openDoor(t);
  const { token } = mint();
  bearer(token);
  rmSync(keyFile);
  makeKeys(keyFile, clock);
  clock.forward(1000);
  assert.throws(() => bearer(token), { code: 'token_invalid' });
});

test('a token of a key whose secret was replaced under its id is refused, though remembered', (t) => {
  const { bearer, mint, clock, keyFile } = openDoor(t);
  const { token } = mint();
  bearer(token);
  const id = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).kid;
  const secret = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
  const text = JSON.stringify({ version: 1, keys: [{ id, secret, createdAt: '2026-01-01T00:00:00Z' }] });
  writeFileSync(keyFile, text);
  clock.forward(1000);
  assert.throws(() => bearer(token), { code: 'token_invalid' });
});

test('a revoked token is refused within a second, though remembered', (t) => {
  const { bearer, mint, clock, revoked } = openDoor(t);
  const { token, tokenId } = mint();
  bearer(token);
  revoke(revoked, tokenId, clock, daySeconds);
  clock.forward(1000);
  assert.throws(() => bearer(token), { code: 'token_revoked' });
  assert.equal(bearer(mint().token).agent, 'claude');
});

test('a revoked token stays revoked while the file of revocations is broken, which is told once', (t) => {
  const { bearer, mint, clock, revoked, troubles } = openDoor(t);
  const { token, tokenId } = mint();
  revoke(revoked, tokenId, clock, daySeconds);
  clock.forward(1000);
  assert.throws(() => bearer(token), { code: 'token_revoked' });
  writeFileSync(revoked, '{"revoked":');
  for (let look = 0; look < 3; look++) {
    clock.forward(1000);
    assert.throws(() => bearer(token), { code: 'token_revoked' });
  }
  assert.equal(troubles.length, 1);
});

test('a signed token with a narrowing that this version does not enforce is refused, never widened', (t) => {
  const { bearer, sign } = openDoor(t);
  for (const scope of ['units:manage', 'net:probe', 'monitor', '__proto__', 'unheard-of']) {
    const narrow = JSON.parse(`{"${scope}":["x"]}`);
    assert.throws(() => bearer(sign({ narrow })), { code: 'token_invalid', detail: /does not enforce/ });
  }
});

test('a narrowing that is enforced comes with the caller', (t) => {
  const { bearer, sign } = openDoor(t);
  assert.deepEqual(bearer(sign({ narrow: { fs: ['/srv'] } })).narrowing, { fs: ['/srv'] });
});

const staticText = `sms_${'s'.repeat(43)}`;
const configured: ConfiguredToken = {
  agent: 'grafana',
  scopes: ['metrics'],
  sha256: createHash('sha256').update(staticText).digest('hex'),
  expiresAt: Date.UTC(2026, 0, 2, 4),
};

test('a configured token makes a caller', (t) => {
  const { bearer } = openDoor(t, {
    configuredTokens: [{ ...configured, sha256: '0'.repeat(64) }, configured],
  });
  assert.deepEqual(bearer(staticText), {
    agent: 'grafana',
    proof: 'configured-token',
    tokenId: configured.sha256.slice(0, 12),
    scopes: ['metrics'],
    expiresAt: Date.UTC(2026, 0, 2, 4),
    door: 'tcp',
    source: '192.0.2.7',
  });
});

test('the SHA-256 of a configured token may be written in capitals', (t) => {
  const sha256 = configured.sha256.toUpperCase();
  const { bearer } = openDoor(t, { configuredTokens: [{ ...configured, sha256 }] });
  assert.equal(bearer(staticText).tokenId, configured.sha256.slice(0, 12));
});

test('the SHA-256 itself is no token', (t) => {
  const { bearer } = openDoor(t, { configuredTokens: [configured] });
  assert.throws(() => bearer(configured.sha256), { code: 'token_invalid' });
});

test('a configured token ends when it leaves the configuration', (t) => {
  const { bearer, reload } = openDoor(t, { configuredTokens: [configured] });
  bearer(staticText);
  reload({ configuredTokens: [] });
  assert.throws(() => bearer(staticText), { code: 'token_invalid' });
});

test('a configured token ends at its expiry', (t) => {
  const { bearer, clock } = openDoor(t, { configuredTokens: [configured] });
  clock.forward(hourSeconds * 1000);
  assert.throws(() => bearer(staticText), { code: 'token_expired', detail: /2026-01-02T04:00:00/ });
});

test('a configured token that ends later than the longest life from now is refused', (t) => {
  const expiresAt = Date.UTC(2099, 0);
  const { bearer } = openDoor(t, { configuredTokens: [{ ...configured, expiresAt }] });
  assert.throws(() => bearer(staticText), { code: 'token_invalid', detail: /max_token_age/ });
});

test('a configured token can be revoked by the id that the audit shows', (t) => {
  const { bearer, clock, revoked } = openDoor(t, { configuredTokens: [configured] });
  const { tokenId = '' } = bearer(staticText);
  revoke(revoked, tokenId, clock, daySeconds);
  clock.forward(1000);
  assert.throws(() => bearer(staticText), { code: 'token_revoked' });
});

const nobody: Credential = { authorization: [], door: 'mcp', source: 'uid 1000', local: true };

test('where no token is needed a local caller may read and change nothing', (t) => {
  const { identify } = openDoor(t, { authRequired: false });
  assert.deepEqual(identify(nobody), {
    agent: 'anonymous',
    proof: 'none',
    scopes: ['monitor', 'docker:read', 'fs', 'metrics'],
    door: 'mcp',
    source: 'uid 1000',
  });
});

test('where no token is needed a caller from elsewhere needs one all the same', (t) => {
  const { identify, show, bearer, mint } = openDoor(t, { authRequired: false });
  assert.throws(() => identify(show()), { code: 'token_missing' });
  assert.equal(bearer(mint().token).agent, 'claude');
});

test('where no token is needed a bad one is refused all the same', (t) => {
  const { identify } = openDoor(t, { authRequired: false });
  assert.throws(() => identify({ ...nobody, authorization: ['Bearer x'] }), { code: 'token_invalid' });
  assert.throws(() => identify({ ...nobody, authorization: [''] }), { code: 'token_invalid' });
});

test('being local is no proof where a token is needed', (t) => {
  const { identify } = openDoor(t);
  assert.throws(() => identify(nobody), { code: 'token_missing' });
});

test('after twenty refused tokens in a minute a source is told to wait, until the minute is over', (t) => {
  const { bearer, clock } = openDoor(t);
  for (let tries = 0; tries < 20; tries++) assert.throws(() => bearer('x'), { code: 'token_invalid' });
  clock.forward(14_500);
  assert.throws(() => bearer('x'), { code: 'auth_throttled', retryAfterSeconds: 46 });
  clock.forward(45_500);
  assert.throws(() => bearer('x'), { code: 'token_invalid' });
});

test('expired and revoked tokens count as refused ones', (t) => {
  const { bearer, mint, clock } = openDoor(t);
  const { token } = mint(1);
  clock.forward(1000);
  for (let tries = 0; tries < 20; tries++) assert.throws(() => bearer(token), { code: 'token_expired' });
  assert.throws(() => bearer(token), { code: 'auth_throttled' });
});

test('a valid token is accepted however many were refused from the same source', (t) => {
  const { bearer, mint } = openDoor(t);
  for (let tries = 0; tries < 30; tries++) assert.throws(() => bearer('x'));
  assert.equal(bearer(mint().token).agent, 'claude');
  assert.throws(() => bearer('x'), { code: 'auth_throttled' });
});

test('a source is not made to wait for what another one tried', (t) => {
  const { bearer, identify, show } = openDoor(t);
  for (let tries = 0; tries < 30; tries++) assert.throws(() => bearer('x'));
  const other = { ...show('Bearer x'), source: '192.0.2.8' };
  assert.throws(() => identify(other), { code: 'token_invalid' });
});

test('requests without a token are not counted as tries', (t) => {
  const { bearer, identify, show } = openDoor(t);
  for (let tries = 0; tries < 30; tries++) assert.throws(() => identify(show()), { code: 'token_missing' });
  assert.throws(() => bearer('x'), { code: 'token_invalid' });
});

test('a failure of our own is no refusal, and is not counted as one', (t) => {
  const { bearer, reload } = openDoor(t, { configuredTokens: [{ ...configured, sha256: 'broken' }] });
  for (let tries = 0; tries < 30; tries++) assert.throws(() => bearer('x'), { code: 'internal' });
  reload({ configuredTokens: [] });
  assert.throws(() => bearer('x'), { code: 'token_invalid' });
});

test('no refusal repeats what was sent', (t) => {
  const { identify, show, mint } = openDoor(t);
  const { token } = mint();
  for (const header of [`Basic ${token}`, `Bearer ${token}x`, `${token}`, 'Bearer hunter2', 'hunter2']) {
    assert.throws(
      () => identify(show(header)),
      (problem: Error & { hint?: string }) => {
        const said = `${problem.message} ${problem.hint} ${problem.stack}`;
        return !said.includes('hunter2') && !said.includes(token.slice(8, 40));
      },
    );
  }
});

test('more tokens than are remembered stay valid', (t) => {
  const { bearer, mint } = openDoor(t);
  const tokens = Array.from({ length: 1200 }, () => mint().token);
  for (const token of [...tokens, ...tokens]) assert.equal(bearer(token).agent, 'claude');
});
