import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Narrowing } from '../../src/auth/caller.ts';
import type { Scope } from '../../src/auth/scopes.ts';
import { queryJournal } from '../../src/tools/read/query-journal.ts';
import { type FrozenHost, openFrozenHost } from '../host/frozen-host.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

const ask = (args: Record<string, unknown>, scopes?: Scope[], narrowing?: Narrowing) =>
  answerOf(queryJournal, frozen.host, args, scopes, 0, narrowing);

test('the newest entries come in time order, with a cursor to older ones', async () => {
  const { entries, cursor, truncated } = await ask({ limit: 2 });
  assert.deepEqual(
    entries.map(({ identifier }: { identifier: string }) => identifier),
    ['deploy', 'kernel'],
  );
  assert.equal(truncated.shown, 2);
  const older = await ask({ limit: 2, cursor });
  assert.deepEqual(
    older.entries.map(({ at }: { at: string }) => at),
    ['2026-01-02T03:01:00.000Z', '2026-01-02T03:01:01.000Z'],
  );
});

test('forwards the oldest come first, and what is written later is followed from the end', async () => {
  const first = await ask({ direction: 'newer', limit: 2 });
  const at = (answer: { entries: { at: string }[] }) => answer.entries.map((one) => one.at);
  assert.equal(first.truncated.shown, 2);
  assert.equal('followCursor' in first, false);
  const rest = await ask({ direction: 'newer', cursor: first.cursor });
  const all = await ask({});
  assert.deepEqual([...at(first), ...at(rest)], at(all));
  assert.equal(rest.followCursor, all.followCursor);
  const later = await ask({ direction: 'newer', cursor: rest.followCursor });
  assert.deepEqual(later.entries, []);
  assert.equal(later.followCursor, rest.followCursor);
});

test('why nothing came is said: nothing fits, or nothing that fits matches', async () => {
  const { none } = await ask({ unit: 'ngnix.service', since: '2026-01-02T03:00:00Z' });
  assert.equal(none, 'The journal has no entry that fits unit, since.');
  const searched = await ask({ unit: 'nginx.service', grep: 'no such words' });
  assert.equal(searched.none, 'Of 4 entries that fit otherwise none matches `grep`.');
  assert.equal(
    (await ask({ unit: 'nginx.service', grep: 'CONNECT\\(\\)', ignoreCase: true })).entries.length,
    4,
  );
});

test('patterns group what differs in numbers and addresses', async () => {
  const { patterns } = await ask({ mode: 'patterns', unit: 'nginx.service' });
  assert.deepEqual(patterns, [
    {
      pattern:
        'nginx: connect() failed (<number>: Connection refused) while connecting to upstream, client: <address>, server: _, request: <quoted>',
      count: 4,
      firstAt: '2026-01-02T03:00:10.000Z',
      lastAt: '2026-01-02T03:00:31.000Z',
      sample:
        'nginx: connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.13, server: _, request: "GET /a/3 HTTP/1.1"',
    },
  ]);
});

test('a secret is a pseudonym and counted', async () => {
  const { entries, redactions } = await ask({ identifier: 'deploy', priority: 'warning' });
  assert.equal(redactions, 1);
  assert.match(entries[0].message, /^deploy: login with password=‹secret:[0-9a-f]{4}›\nsecond line$/);
  assert.equal(entries[1].message, 'red alert');
});

test('entries of containers need docker:read', async () => {
  const without = await ask({});
  assert.deepEqual(without.withheld, ['entries of containers (1): docker:read']);
  const { entries } = await ask({ container: 'web' }, ['monitor', 'docker:read']);
  assert.deepEqual([entries.length, entries[0].container], [1, 'web']);
  await assert.rejects(ask({ container: 'web' }), { code: 'scope_missing' });
});

test('who is narrowed has entries of those containers alone, and others are as if they were not there', async () => {
  const narrowed = (args: Record<string, unknown>, ...objects: string[]) =>
    ask(args, ['monitor', 'docker:read'], { 'docker:read': objects });
  assert.equal((await narrowed({ container: 'web' }, 'w*')).entries[0].container, 'web');
  assert.equal('withheld' in (await narrowed({}, 'w*')), false);
  const others = await narrowed({}, 'shop-db-*');
  assert.deepEqual(others.withheld, ['entries of containers but for those that docker:read is narrowed to']);
  assert.equal(
    others.entries.some(({ container }: { container?: string }) => container === 'web'),
    false,
  );
  for (const wanted of ['web', 'none']) {
    await assert.rejects(narrowed({ container: wanted }, 'shop-db-*'), {
      code: 'not_found',
      detail: `There is no container '${wanted}'.`,
      hint: 'list_containers names those that there are.',
    });
  }
});

test('the answer is cut at its oldest entries when they do not fit', async () => {
  const answer = await ask({});
  assert.equal(answer.entries.at(-1).message, 'Out of memory: Killed process 4242 (java)');
  assert.ok(JSON.stringify(answer).length < 8192);
});
