import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { looksLikeToken, mintToken, staticToken, verifySignature } from '../../src/auth/token.ts';
import { stillClock } from '../still-clock.ts';
import { goodClaims, key, signed } from './signed.ts';

const find = (id: string) => (id === 'k1' ? key : undefined);
const verify = (token: string) => verifySignature(token, find);
const hour = { agent: 'claude', scopes: ['monitor', 'fs'], ttlSeconds: 3600 } as const;
const mint = (request: Partial<Parameters<typeof mintToken>[1]> = {}) =>
  mintToken(key, { ...hour, ...request }, stillClock(), 86_400);

test('a minted token says who may do what and until when', () => {
  const { token, tokenId, expiresAt } = mint();
  assert.equal(expiresAt, Date.UTC(2026, 0, 2, 4, 4, 5));
  assert.deepEqual(verify(token), {
    kid: 'k1',
    tid: tokenId,
    agent: 'claude',
    scopes: ['monitor', 'fs'],
    iat: 1767323045,
    exp: 1767326645,
  });
});

test('a token is sm1, the claims and their HMAC-SHA256, in base64url with dots between', () => {
  const { token, tokenId } = mint();
  const [version, claims = '', signature] = token.split('.');
  assert.equal(version, 'sm1');
  const text = Buffer.from(claims, 'base64url').toString();
  assert.equal(
    text,
    `{"kid":"k1","tid":"${tokenId}","agent":"claude","scopes":["monitor","fs"],"iat":1767323045,"exp":1767326645}`,
  );
  assert.equal(signed(text).split('.')[2], signature);
});

test('two tokens of the same request are different', () => {
  assert.notEqual(mint().tokenId, mint().tokenId);
});

test('the id of a token can stand on a command line: it never begins like an option', () => {
  for (let count = 0; count < 300; count++) assert.match(mint().tokenId, /^[0-9a-f]{18}$/);
});

test('what others sign in the right way is accepted: the format is documented', () => {
  assert.deepEqual(verify(signed(goodClaims)), goodClaims);
});

test('a good token with any one character changed is refused', () => {
  const { token } = mint();
  for (let at = 0; at < token.length; at++) {
    const was = token[at] ?? '';
    const others = ['A', 'B', 'z', '0', '_', '.', '=', ' ', '\0', 'é', was.toLowerCase(), was.toUpperCase()];
    for (const other of others.filter((character) => character !== was)) {
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      assert.throws(() => verify(changed), { code: 'token_invalid' }, `${other} at ${at}`);
    }
  }
});

test('a signature has one spelling, though others decode to the same bytes', () => {
  const { token } = mint();
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const accepted = [...alphabet].filter((last) => {
    try {
      return verify(token.slice(0, -1) + last) !== undefined;
    } catch {
      return false;
    }
  });
  assert.deepEqual(accepted, [token.at(-1)]);
});

test('a good token with a character more or less anywhere is refused', () => {
  const { token } = mint();
  for (let at = 0; at <= token.length; at++) {
    assert.throws(() => verify(`${token.slice(0, at)}A${token.slice(at)}`), { code: 'token_invalid' });
    if (at < token.length) {
      assert.throws(() => verify(token.slice(0, at) + token.slice(at + 1)), { code: 'token_invalid' });
    }
  }
});

const [, claims = '', signature = ''] = signed(goodClaims).split('.');
const malformed = {
  'nothing at all': '',
  'no dot': `sm1${claims}${signature}`,
  'one dot': `sm1.${claims}${signature}`,
  'three dots': `sm1.${claims}.${signature}.`,
  'three dots, the last part twice': `sm1.${claims}.${signature}.${signature}`,
  'another version': `sm2.${claims}.${signature}`,
  'its version in capitals': `SM1.${claims}.${signature}`,
  'padding after the signature': `sm1.${claims}.${signature}=`,
  'padding after the claims': `sm1.${claims}==.${signature}`,
  'its signature in upper-case hex': `sm1.${claims}.${Buffer.from(signature, 'base64url').toString('hex').toUpperCase()}`,
  'its signature in standard base64': `sm1.${claims}.${'+/'.repeat(21)}a`,
  'an empty signature': `sm1.${claims}.`,
  'empty claims': `sm1..${signature}`,
  'white space around': ` sm1.${claims}.${signature}`,
  'a newline at its end': `sm1.${claims}.${signature}\n`,
  unicode: `sm1.${claims}.${'ａ'.repeat(43)}`,
  'an emoji': `sm1.🔑.${signature}`,
  'claims that are no base64 of JSON': `sm1.${'A'.repeat(40)}.${signature}`,
  '4,097 characters': `sm1.${'e'.repeat(4049)}.${signature}`,
  '1 MB': 'a'.repeat(1024 * 1024),
  '1 MB of claims': `sm1.${'e'.repeat(1024 * 1024)}.${signature}`,
  '1 MB of dots': '.'.repeat(1024 * 1024),
};
for (const [what, token] of Object.entries(malformed)) {
  test(`a token with ${what} is refused, and the refusal says what is valid`, () => {
    assert.throws(() => verify(token), { code: 'token_invalid', detail: /sm1\.CLAIMS\.SIGNATURE/ });
  });
}

test('a token as long as a token may be is read', () => {
  const tid = 'x'.repeat(2930);
  const token = signed({ ...goodClaims, tid });
  assert.ok(token.length > 4050 && token.length <= 4096, `${token.length}`);
  assert.equal(verify(token).tid, tid);
});

test('a token signed by another key of the same id is refused', () => {
  assert.throws(() => verify(signed(goodClaims, Buffer.alloc(32, 7))), { code: 'token_invalid' });
});

for (const kid of ['k2', '', '__proto__', 'constructor', 1, null, ['k1'], undefined]) {
  test(`a token of the key ${JSON.stringify(kid)} is refused`, () => {
    assert.throws(() => verify(signed({ ...goodClaims, kid })), { code: 'token_invalid' });
  });
}

test('an unknown key is refused even when its tokens are signed with zeros', () => {
  assert.throws(() => verify(signed({ ...goodClaims, kid: 'k2' }, Buffer.alloc(32))), {
    code: 'token_invalid',
  });
});

for (const payload of ['null', '1', '"text"', '[]', '{}', '{"kid":"k1"', '', 'true', '[{"kid":"k1"}]']) {
  test(`a token whose claims are ${payload === '' ? 'empty' : payload} is refused`, () => {
    assert.throws(() => verify(signed(payload)), { code: 'token_invalid' });
  });
}

for (const field of ['exp', 'iat']) {
  for (const value of ['null', '"1767326645"', '1767326645.5', '-1', '1e400', '[1767326645]', '{}', 'true']) {
    test(`a signed token with ${field} ${value} is refused`, () => {
      const text = JSON.stringify({ ...goodClaims, [field]: 'HERE' }).replace('"HERE"', value);
      assert.throws(() => verify(signed(text)), { code: 'token_invalid', detail: /issue time and expiry/ });
    });
  }
  test(`a signed token without ${field} is refused`, () => {
    assert.throws(() => verify(signed({ ...goodClaims, [field]: undefined })), { code: 'token_invalid' });
  });
}

test('a signed token with an expiry of NaN is refused, as NaN is no JSON', () => {
  const text = JSON.stringify(goodClaims).replace('1767326645', 'NaN');
  assert.throws(() => verify(signed(text)), { code: 'token_invalid' });
});

test('a signed token that ends before it begins is refused', () => {
  assert.throws(() => verify(signed({ ...goodClaims, exp: goodClaims.iat })), { code: 'token_invalid' });
});

test('a signed token with a scope that does not exist is refused, and the refusal names those that do', () => {
  const token = signed({ ...goodClaims, scopes: ['monitor', 'root'] });
  assert.throws(() => verify(token), { code: 'token_invalid', detail: /monitor, docker/ });
});

for (const scopes of [[], 'monitor', null, {}, [1], [['monitor']], ['constructor']]) {
  test(`a signed token with the scopes ${JSON.stringify(scopes)} is refused`, () => {
    assert.throws(() => verify(signed({ ...goodClaims, scopes })), { code: 'token_invalid' });
  });
}

for (const agent of ['', 'a b', 'a\nb', 'x'.repeat(65), 'é', null, 1]) {
  test(`a signed token for the agent ${JSON.stringify(agent)} is refused`, () => {
    assert.throws(() => verify(signed({ ...goodClaims, agent })), { code: 'token_invalid' });
  });
}

for (const narrow of [[], null, 'fs', { fs: '/srv' }, { fs: [1] }, { fs: null }]) {
  test(`a signed token with the narrowing ${JSON.stringify(narrow)} is refused`, () => {
    assert.throws(() => verify(signed({ ...goodClaims, narrow })), { code: 'token_invalid' });
  });
}

test('a signed token with a claim of some other version is refused: it may restrict more than we know', () => {
  const token = signed({ ...goodClaims, doors: ['mcp'] });
  assert.throws(() => verify(token), { code: 'token_invalid', detail: /claim that this version/ });
});

test('no refusal repeats the token or a part of it', () => {
  const token = signed({ ...goodClaims, agent: 'bad agent' });
  for (const bad of [token, `${token}x`, token.slice(0, -1)]) {
    assert.throws(
      () => verify(bad),
      (problem: Error & { hint?: string }) =>
        ![...bad.split('.').slice(1), 'bad agent'].some((part) =>
          `${problem.message}${problem.hint}${problem.stack}`.includes(part),
        ),
    );
  }
});

for (const agent of ['', 'a b', 'x'.repeat(65), 'a/b', 'é']) {
  test(`no token is made for the agent '${agent.slice(0, 10)}'`, () => {
    assert.throws(() => mint({ agent }), { code: 'usage_invalid', detail: /1 to 64/ });
  });
}

for (const agent of ['a', 'x'.repeat(64), 'Backup.bot_2@host-1']) {
  test(`a token is made for the agent '${agent.slice(0, 20)}'`, () => {
    assert.equal(verify(mint({ agent }).token).agent, agent);
  });
}

for (const ttlSeconds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 86_401]) {
  test(`no token is made for ${ttlSeconds} seconds when a day is the most`, () => {
    assert.throws(() => mint({ ttlSeconds }), { code: 'usage_invalid', detail: /1 to 86400 seconds/ });
  });
}

test('a token may live for the whole of the longest time', () => {
  assert.equal(mint({ ttlSeconds: 86_400 }).expiresAt, Date.UTC(2026, 0, 3, 3, 4, 5));
});

test('no token is made without a scope', () => {
  assert.throws(() => mint({ scopes: [] }), { code: 'usage_invalid', detail: /scope/ });
});

test('a scope asked for twice stands in the token once', () => {
  assert.deepEqual(verify(mint({ scopes: ['fs', 'fs'] }).token).scopes, ['fs']);
});

test('a narrowing stands in the token', () => {
  const { token } = mint({ scopes: ['fs'], narrowing: { fs: ['/srv/app/'] } });
  assert.deepEqual(verify(token).narrow, { fs: ['/srv/app'] });
});

test('no token is made with a narrowing that nothing enforces', () => {
  assert.throws(() => mint({ narrowing: { 'units:manage': ['nginx.service'] } }), {
    code: 'usage_invalid',
    detail: /units:manage/,
  });
});

test('a static token is random text, and the configuration gets its SHA-256', () => {
  const { token, entry } = staticToken(hour, stillClock(), 86_400);
  assert.match(token, /^sms_[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(entry, {
    agent: 'claude',
    scopes: ['monitor', 'fs'],
    sha256: createHash('sha256').update(token).digest('hex'),
    expires: '2026-01-02T04:04:05.000Z',
  });
});

test('a static token without an end is not made either', () => {
  assert.throws(() => staticToken({ ...hour, ttlSeconds: 86_401 }, stillClock(), 86_400), {
    code: 'usage_invalid',
  });
});

test('a token is recognised wherever it stands', () => {
  for (const token of [mint().token, staticToken(hour, stillClock(), 86_400).token]) {
    for (const text of [token, `Bearer ${token}`, `?key=${token}&x=1`, `my_token_${token}.`, `é${token}`]) {
      assert.equal(looksLikeToken(text), true, text);
    }
  }
});

test('ordinary text is not taken for a token', () => {
  for (const text of ['', 'sm1', 'sm1.example.org', '/dev/sms_1', 'plasm1.tar.gz', 'eyJhbGciOi.eyJzdWIi.x']) {
    assert.equal(looksLikeToken(text), false, text);
  }
});

test('recognising a token takes time in proportion to the text', () => {
  for (const part of ['sm1.eyJ', 'sm1.eyJaaaaaaaa.', 'sms_', 'a', '.', 'sm1.eyJaaaaaaaa.aaaaaaa ']) {
    const text = part.repeat(Math.ceil((4 * 1024 * 1024) / part.length));
    const before = performance.now();
    looksLikeToken(text);
    assert.ok(performance.now() - before < 30_000, part);
  }
});
