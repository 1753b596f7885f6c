import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRevocations, revoke } from '../../src/auth/revocations.ts';
import { stillClock } from '../still-clock.ts';
import { folderFor } from './folder.ts';

const fail = (cause: unknown) => assert.fail(`unexpected trouble: ${cause}`);

test('nothing is revoked where there is no file', (t) => {
  const revocations = openRevocations(join(folderFor(t), 'revoked.json'), stillClock(), fail);
  assert.equal(revocations.includes('abc'), false);
});

test('a revocation is seen a second later', (t) => {
  const file = join(folderFor(t), 'revoked.json');
  const clock = stillClock();
  const revocations = openRevocations(file, clock, fail);
  revoke(file, 'abc', clock, 3600);
  clock.forward(999);
  assert.equal(revocations.includes('abc'), false);
  clock.forward(1);
  assert.equal(revocations.includes('abc'), true);
  assert.equal(revocations.includes('ab'), false);
});

test('the file names ids with the time after which they need not be kept', (t) => {
  const file = join(folderFor(t), 'revoked.json');
  const clock = stillClock();
  revoke(file, 'abc', clock, 3600);
  revoke(file, '__proto__', clock, 3600);
  assert.deepEqual(Object.entries(JSON.parse(readFileSync(file, 'utf8')).revoked), [
    ['abc', '2026-01-02T04:05:05.000Z'],
    ['__proto__', '2026-01-02T04:05:05.000Z'],
  ]);
  assert.equal((statSync(file).mode & 0o777).toString(8), '600');
});

test('an entry is kept as long as a token dated a minute ahead could live, and dropped then', (t) => {
  const file = join(folderFor(t), 'revoked.json');
  const clock = stillClock();
  const ids = () => Object.keys(JSON.parse(readFileSync(file, 'utf8')).revoked);
  revoke(file, 'first', clock, 3600);
  clock.forward(3_659_999);
  revoke(file, 'second', clock, 3600);
  assert.deepEqual(ids(), ['first', 'second']);
  clock.forward(1);
  revoke(file, 'third', clock, 3600);
  assert.deepEqual(ids(), ['second', 'third']);
});

for (const text of ['', '{', 'null', '[]', '{}', '{"revoked":{"a":"never"}}', '{"revoked":{"a":null}}']) {
  test(`a file that says '${text}' stops the start and is named`, (t) => {
    const file = join(folderFor(t), 'revoked.json');
    writeFileSync(file, text, { mode: 0o600 });
    assert.throws(() => openRevocations(file, stillClock(), fail), {
      code: 'start_failed',
      detail: new RegExp(file),
    });
  });
}

test('a broken file is not overwritten by a revocation', (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'revoked.json');
  writeFileSync(file, '{', { mode: 0o600 });
  assert.throws(() => revoke(file, 'abc', stillClock(), 3600), { code: 'start_failed' });
  assert.equal(readFileSync(file, 'utf8'), '{');
  assert.deepEqual(readdirSync(folder), ['revoked.json']);
});

for (const id of ['', 'a b', 'sm1.eyJh.c2ln', `sms_${'x'.repeat(43)}`, '../keys']) {
  test(`'${id.slice(0, 16)}' is no id to revoke, and is not repeated`, (t) => {
    const file = join(folderFor(t), 'revoked.json');
    assert.throws(() => revoke(file, id, stillClock(), 3600), {
      code: 'usage_invalid',
      detail: 'That is not the id of a token.',
    });
  });
}
