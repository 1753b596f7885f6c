import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { installation, tokenEntry } from './installation.ts';

const withTokens = (t: TestContext, list: string) => installation(t, `security:\n  auth_tokens:\n${list}`);

const refused = (t: TestContext, changes: Record<string, string>) =>
  withTokens(t, tokenEntry(changes)).refusal().detail;

test('an entry is kept with its digest in lower case and its end in UTC', (t) => {
  const { config } = withTokens(
    t,
    tokenEntry({ scopes: '[monitor, "docker:read"]', expires: '2027-01-31T01:00:00+02:00' }),
  ).load();
  assert.deepEqual(config.security.auth_tokens, [
    {
      agent: 'grafana',
      scopes: ['monitor', 'docker:read'],
      sha256: 'ab'.repeat(32),
      expires: '2027-01-30T23:00:00.000Z',
    },
  ]);
});

test('a date alone means its first moment in UTC', (t) => {
  const { config } = withTokens(t, tokenEntry({ expires: '2027-01-31' })).load();
  assert.equal(config.security.auth_tokens[0]?.expires, '2027-01-31T00:00:00.000Z');
});

test('a token in plain text is refused with the command that mends it, and is not repeated', (t) => {
  for (const list of ['    - correct-horse-battery\n', '    correct-horse-battery\n']) {
    const { detail, hint } = withTokens(t, list).refusal();
    assert.match(detail, /config\.yaml:2: security\.auth_tokens (entry 1: )?is a token in plain text/);
    assert.match(hint ?? '', /systemmanager-mcp token static --agent NAME --scopes monitor --ttl 30d/);
    assert.doesNotMatch(detail + hint, /horse/);
  }
});

test('the faults of all entries come at once', (t) => {
  const list = tokenEntry({ agent: '""' }) + tokenEntry() + tokenEntry({ scopes: '[]', sha256: 'abc' });
  assert.match(
    withTokens(t, list).refusal().detail,
    /entry 1: agent must be .*; entry 3: scopes must be .*; entry 3: sha256 must be /,
  );
});

test('an agent is 1 to 64 letters, digits, dots, dashes, underscores or @', (t) => {
  for (const agent of ['""', 'a b', 'a/b', 'é', `"${'a'.repeat(65)}"`, '7', '[a]']) {
    assert.match(refused(t, { agent }), /entry 1: agent must be 1 to 64 letters, digits/, agent);
  }
});

test('scopes must be a list of at least one', (t) => {
  for (const scopes of ['[]', 'monitor', '{a: 1}']) {
    assert.match(
      refused(t, { scopes }),
      /entry 1: scopes must be a list of some of monitor, docker,/,
      scopes,
    );
  }
});

test('an unknown scope is named with the nearest', (t) => {
  assert.match(
    refused(t, { scopes: '[monitor, "docker:raed"]' }),
    /there is no such scope 'docker:raed'; did you mean 'docker:read'\?/,
  );
});

test('what stands among the scopes and looks like none is not repeated', (t) => {
  const says = refused(t, { scopes: '[Hunter2Hunter2]' });
  assert.match(says, /there is no such scope; there are monitor, docker,/);
  assert.doesNotMatch(says, /unter2/);
});

test('a digest is 64 hexadecimal digits, and nothing else is repeated', (t) => {
  for (const sha256 of ['hunter2', `"${'0'.repeat(63)}"`, `"${'g'.repeat(64)}"`, '1234', '[]']) {
    const says = refused(t, { sha256 });
    assert.match(says, /entry 1: sha256 must be the SHA-256 of the token, 64 hexadecimal digits/, sha256);
    assert.doesNotMatch(says, /hunter2/);
  }
});

test('the digest of a placeholder is refused', (t) => {
  for (const word of ['', 'change-me', 'replace-with-real-token']) {
    const sha256 = `"${createHash('sha256').update(word).digest('hex').toUpperCase()}"`;
    assert.match(refused(t, { sha256 }), /sha256 is that of a placeholder/, word);
  }
});

test('an entry without an end is refused', (t) => {
  const list = tokenEntry().replace(/ {6}expires.*\n/, '');
  assert.match(
    withTokens(t, list).refusal().detail,
    /entry 1: expires must be a date.*no token is without an end/,
  );
});

test('an end that is no date, or a time without a zone, is refused', (t) => {
  const wrong = [
    'never',
    'null',
    '1798675200',
    '"2027"',
    '2027-02-30',
    '2027-13-01',
    '2027-01-31T00:00:00',
    '30d',
    '',
  ];
  for (const expires of wrong) {
    assert.match(
      refused(t, { expires }),
      /entry 1: expires must be a date, or a time with its zone/,
      expires,
    );
  }
});

test('an end later than the longest life of a token is refused', (t) => {
  const place = withTokens(t, tokenEntry({ expires: '2027-02-23' }));
  assert.match(
    place.refusal().detail,
    /security\.auth_tokens entry 1 \(grafana\) expires on 2027-02-23T00:00:00\.000Z, later than security\.max_token_age allows \(90 days from now\)/,
  );
  assert.equal(place.load({ set: ['security.max_token_age=91d'] }).config.security.auth_tokens.length, 1);
});

test('a token that has expired is warned of', (t) => {
  assert.deepEqual(withTokens(t, tokenEntry({ expires: '2026-11-24' })).load().warnings, [
    'security.auth_tokens entry 1 (grafana) expired on 2026-11-24T00:00:00.000Z: remove it',
  ]);
});

test('an unknown member of an entry is refused without repeating it', (t) => {
  const says = refused(t, { expiry: 'hunter2', hunter2: 'x' });
  assert.match(
    says,
    /entry 1: takes agent, scopes, sha256, expires and nothing else; did you mean 'expires'\?/,
  );
  assert.doesNotMatch(says, /hunter2/);
});

test('one digest for two entries is refused', (t) => {
  const list = tokenEntry() + tokenEntry({ agent: 'other', sha256: 'ab'.repeat(32) });
  assert.match(withTokens(t, list).refusal().detail, /entry 2 has the sha256 of an entry before it/);
});

test('what is neither a text nor a map is refused', (t) => {
  assert.match(
    withTokens(t, '    - 7\n').refusal().detail,
    /entry 1: must be a map of agent, scopes, sha256, expires/,
  );
  assert.match(withTokens(t, '    7\n').refusal().detail, /security\.auth_tokens must be a list of maps/);
});
