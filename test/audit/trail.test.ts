/** One record for every call and refusal, whatever it holds and however it ends. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { callOf, claude, folderFor, openedTrail } from './opened.ts';

test('a call that went well is one record with all that is known of it', (t) => {
  const { trail, clock, records } = openedTrail(t);
  const entry = trail.open(callOf('get_top_processes'));
  entry.named('list_processes', 'get_top_processes');
  entry.arguments({ limit: 5 }, {});
  clock.forward(12.34);
  entry.done({ bytes: 2048, truncated: true });
  assert.deepEqual(records(), [
    {
      time: '2026-01-02T03:04:05.012Z',
      outcome: 'ok',
      correlationId: 'c-1',
      door: 'mcp',
      source: 'uid 1000',
      agent: 'claude',
      proof: 'token',
      tokenId: 'k3Vx',
      scopes: ['monitor', 'fs'],
      tool: 'list_processes',
      alias: 'get_top_processes',
      arguments: { limit: 5 },
      bytes: 2048,
      truncated: true,
      durationMs: 12.3,
    },
  ]);
});

test('a refusal before anybody is known is a record too', (t) => {
  const { trail, records } = openedTrail(t);
  trail
    .open({ correlationId: 'c-2', door: 'tcp', source: '192.0.2.1', route: 'POST /mcp' })
    .failed(new Problem('token_missing'));
  assert.deepEqual(records(), [
    {
      time: '2026-01-02T03:04:05.000Z',
      outcome: 'refused',
      correlationId: 'c-2',
      door: 'tcp',
      source: '192.0.2.1',
      route: 'POST /mcp',
      code: 'token_missing',
      message: 'This request needs a bearer token.',
      durationMs: 0,
    },
  ]);
});

test('who is identified later is in the record', (t) => {
  const { trail, records } = openedTrail(t);
  const entry = trail.open({ correlationId: 'c-3', door: 'mcp', source: 'uid 1000' });
  entry.identified(claude);
  entry.done({ bytes: 1, truncated: false });
  assert.equal(records()[0].agent, 'claude');
});

for (const [code, outcome] of [
  ['token_invalid', 'refused'],
  ['scope_missing', 'refused'],
  ['tool_unknown', 'refused'],
  ['arguments_invalid', 'refused'],
  ['rate_limited', 'refused'],
  ['busy', 'refused'],
  ['draining', 'refused'],
  ['audit_unwritable', 'refused'],
  ['cancelled', 'cancelled'],
  ['deadline_exceeded', 'failed'],
  ['unavailable', 'failed'],
  ['internal', 'failed'],
] as const) {
  test(`a call that ends with ${code} is ${outcome}`, (t) => {
    const { trail, records } = openedTrail(t);
    trail.open(callOf('list_units')).failed(new Problem(code));
    assert.deepEqual([records()[0].outcome, records()[0].code], [outcome, code]);
  });
}

test('a change has its intent in the file before it runs, and its end afterwards', (t) => {
  const { trail, records } = openedTrail(t);
  const entry = trail.open(callOf('manage_unit'));
  entry.arguments({ unit: 'nginx.service', action: 'restart' }, {});
  entry.intent();
  assert.deepEqual(
    records().map(({ outcome, tool, arguments: args }) => [outcome, tool, args.action]),
    [['intent', 'manage_unit', 'restart']],
  );
  entry.done({ bytes: 10, truncated: false });
  assert.deepEqual(
    records().map(({ outcome, correlationId }) => [outcome, correlationId]),
    [
      ['intent', 'c-1'],
      ['ok', 'c-1'],
    ],
  );
});

test('after its intent a call is never called refused, nor folded', (t) => {
  const { trail, records } = openedTrail(t);
  for (let n = 0; n < 30; n++) {
    const entry = trail.open(callOf('manage_unit'));
    entry.intent();
    entry.failed(new Problem('not_found'));
  }
  assert.equal(records().filter(({ outcome }) => outcome === 'failed').length, 30);
});

test('a record has the unit that its arguments name, with its type', (t) => {
  const { trail, records } = openedTrail(t);
  for (const unit of ['nginx', 'apt-daily.timer']) {
    const entry = trail.open(callOf('get_unit'));
    entry.arguments({ unit }, { unit: 'unit' });
    entry.failed(new Problem('scope_missing'));
  }
  assert.deepEqual(
    records().map(({ unit }) => unit),
    ['nginx.service', 'apt-daily.timer'],
  );
});

test('a glob, a secret, what is no name, and the argument of a tool that says nothing of units are none', (t) => {
  const { trail, records } = openedTrail(t);
  const secret = `ghp_${'a1B2'.repeat(9)}`;
  for (const args of [
    { unit: 'ssh*' },
    { unit: 'a b' },
    { unit: ['nginx'] },
    { unit: secret },
    {},
    'unit',
    null,
  ]) {
    const entry = trail.open(callOf('get_unit'));
    entry.arguments(args, { unit: 'unit' });
    entry.done({ bytes: 1, truncated: false });
  }
  const entry = trail.open(callOf('get_container'));
  entry.arguments({ unit: 'nginx' }, {});
  entry.done({ bytes: 1, truncated: false });
  assert.deepEqual(
    records().flatMap(({ unit }) => unit ?? []),
    [],
  );
});

test('an entry ends once', (t) => {
  const { trail, records } = openedTrail(t);
  const entry = trail.open(callOf('list_units'));
  entry.done({ bytes: 1, truncated: false });
  assert.throws(() => entry.failed(new Problem('internal')), /ended already/);
  assert.throws(() => entry.done({ bytes: 1, truncated: false }), /ended already/);
  assert.equal(records().length, 1);
});

test('no secret is in the file: not from arguments, routes, names of tools or messages', (t) => {
  const { trail, file, records } = openedTrail(t);
  const entry = trail.open(callOf('token=planted1234'));
  entry.arguments(
    { url: 'https://me:planted1234@host/', body: 'planted1234', list: [{ password: 'planted1234' }] },
    { secret: ['body'] },
  );
  entry.failed(
    new Problem('internal', { detail: 'cannot use password=planted1234', cause: new Error('planted1234') }),
  );
  trail
    .open({ correlationId: 'c', door: 'tcp', source: '192.0.2.1', route: 'GET /mcp?token=planted1234' })
    .failed(new Problem('token_misplaced'));
  assert.doesNotMatch(readFileSync(file, 'utf8'), /planted/);
  assert.equal(records()[0].redacted, 3);
});

test('what was changed in the arguments afterwards does not reach the record', (t) => {
  const { trail, records } = openedTrail(t);
  const args = { path: '/etc', list: ['a'] };
  const entry = trail.open(callOf('list_directory'));
  entry.arguments(args, {});
  args.list.push('b');
  args.path = '/';
  entry.done({ bytes: 1, truncated: false });
  assert.deepEqual(records()[0].arguments, { path: '/etc', list: ['a'] });
});

test('newlines and escapes in any field neither make a line nor reach a terminal', (t) => {
  const { trail, file, records } = openedTrail(t);
  const nasty = 'a\n{"outcome":"ok"}\r\u001b[2J\u202eb\u2028';
  const entry = trail.open({
    correlationId: nasty,
    door: 'mcp',
    source: nasty,
    caller: { ...claude, agent: nasty, tokenId: nasty },
    tool: nasty,
    route: nasty,
  });
  entry.arguments({ [nasty]: [nasty] }, {});
  entry.failed(new Problem('tool_unknown', { detail: nasty }));
  assert.equal(records().length, 1);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
  assert.equal(records()[0].tool, 'a {"outcome":"ok"}b');
});

test('a record is 16 KiB at most, and what was cut is said', (t) => {
  const { trail, file, records } = openedTrail(t);
  const entry = trail.open({ ...callOf('x'.repeat(100_000)), route: 'y'.repeat(100_000) });
  entry.arguments(Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`m${n}`, '名'.repeat(500)])), {});
  entry.failed(new Problem('arguments_invalid', { detail: 'z'.repeat(100_000) }));
  assert.ok(statSync(file).size <= 16 * 1024);
  assert.match(records()[0].arguments, /^\{"m0":"名+.*… \(\d+ bytes\)$/);
});

test('refusals from one source are written one by one up to 20 a minute, the rest as one number', (t) => {
  const { trail, clock, records } = openedTrail(t);
  const refuse = (code: 'token_invalid' | 'auth_throttled') => {
    clock.forward(100);
    trail.open({ correlationId: 'c', door: 'tcp', source: '192.0.2.1' }).failed(new Problem(code));
  };
  for (let n = 0; n < 25; n++) refuse('token_invalid');
  for (let n = 0; n < 5; n++) refuse('auth_throttled');
  assert.equal(records().length, 20);
  clock.forward(60_000);
  refuse('token_invalid');
  assert.deepEqual(records().slice(20), [
    {
      time: '2026-01-02T03:05:08.100Z',
      outcome: 'folded',
      door: 'tcp',
      source: '192.0.2.1',
      count: 10,
      codes: { token_invalid: 5, auth_throttled: 5 },
      since: '2026-01-02T03:04:07.100Z',
      until: '2026-01-02T03:04:08.000Z',
    },
    { ...records()[0], time: '2026-01-02T03:05:08.100Z' },
  ]);
  assert.equal(trail.stats().folded, 10);
});

test('refusals fold by source, and answers never fold', (t) => {
  const { trail, records } = openedTrail(t);
  for (let n = 0; n < 40; n++)
    trail.open({ ...callOf('a'), source: 'uid 1' }).failed(new Problem('scope_missing'));
  trail.open({ ...callOf('a'), source: 'uid 2' }).failed(new Problem('scope_missing'));
  for (let n = 0; n < 40; n++)
    trail.open({ ...callOf('a'), source: 'uid 1' }).done({ bytes: 1, truncated: false });
  trail.open({ ...callOf('a'), source: 'uid 1' }).failed(new Problem('internal'));
  const outcomes = records().map(({ outcome, source }) => `${outcome} ${source}`);
  const count = (what: string) => outcomes.filter((one) => one === what).length;
  assert.deepEqual(['refused uid 1', 'refused uid 2', 'ok uid 1', 'failed uid 1'].map(count), [20, 1, 40, 1]);
});

test('however many sources there are, the lines a minute stay bounded and every refusal is counted', (t) => {
  const { trail, records } = openedTrail(t);
  for (let n = 0; n < 20_000; n++) {
    trail
      .open({ correlationId: 'c', door: 'tcp', source: `2001:db8::${n}` })
      .failed(new Problem('token_invalid'));
  }
  trail.flush();
  assert.ok(records().length < 300, `${records().length}`);
  assert.equal(
    records().reduce((sum, { count = 1 }) => sum + count, 0),
    20_000,
  );
});

test('what was folded is written at the end', (t) => {
  const { trail, records } = openedTrail(t);
  for (let n = 0; n < 21; n++) trail.open(callOf('a')).failed(new Problem('scope_missing'));
  trail.close();
  assert.deepEqual([records().length, records()[20].outcome, records()[20].count], [21, 'folded', 1]);
});

test('where the file cannot be written reads go on, the loss is counted and told once, and no change is made', (t) => {
  const folder = folderFor(t);
  const { trail, troubles } = openedTrail(t, { file: join(folder, 'absent/audit.log') });
  assert.equal(trail.healthy(), false);
  for (let n = 0; n < 3; n++) trail.open(callOf('list_units')).done({ bytes: 1, truncated: false });
  const change = trail.open(callOf('manage_unit'));
  assert.throws(
    () => change.intent(),
    (thrown) => thrown instanceof Problem && thrown.code === 'audit_unwritable',
  );
  change.failed(new Problem('audit_unwritable'));
  assert.deepEqual(trail.stats(), { written: 0, lost: 5, journalLost: 0, folded: 0 });
  assert.equal(troubles.length, 1);
});

test('the copy gets each record that the file gets', (t) => {
  const copied: string[] = [];
  const { trail, records } = openedTrail(t, {
    copy: {
      write: (record) => copied.push(record.outcome),
      lost: () => 7,
      flush: () => copied.push('flushed'),
      close: () => copied.push('closed'),
    },
  });
  const entry = trail.open(callOf('manage_unit'));
  entry.intent();
  entry.done({ bytes: 1, truncated: false });
  assert.equal(records().length, 2);
  assert.equal(trail.stats().journalLost, 7);
  trail.flush();
  trail.close();
  assert.deepEqual(copied, ['intent', 'ok', 'flushed', 'closed']);
});
