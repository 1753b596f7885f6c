import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalArguments, parseMoment } from '../../src/host/journal-query.ts';

const always = [
  '--output=json',
  '--all',
  '--reverse',
  '--no-pager',
  '--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SYSTEMD_UNIT,UNIT,_PID,_UID,CONTAINER_ID,CONTAINER_NAME',
];

const args = (query: Parameters<typeof journalArguments>[0]) => journalArguments(query).slice(always.length);

test('what is always asked for is the newest first', () => {
  assert.deepEqual(journalArguments({}), always);
});

test('each filter is one argument', () => {
  assert.deepEqual(
    args({ unit: 'ssh*', identifier: 'sudo', priority: 'err', boot: -1, sinceMs: 1500, untilMs: 2000 }),
    ['--unit=ssh*', '--identifier=sudo', '--priority=3', '--boot=-1', '--since=@1.500', '--until=@2.000'],
  );
});

test('no value becomes an option or a match of its own', () => {
  assert.deepEqual(args({ unit: '--rotate', identifier: '-x', container: '--vacuum-size=1' }), [
    '--unit=--rotate',
    '--identifier=-x',
    'CONTAINER_NAME=--vacuum-size=1',
  ]);
});

test('a container is known by its name, its short or its long id', () => {
  assert.deepEqual(args({ container: 'web' }), ['CONTAINER_NAME=web']);
  assert.deepEqual(args({ container: '0123456789ab' }), ['CONTAINER_ID=0123456789ab']);
  assert.deepEqual(args({ container: 'a'.repeat(64) }), [`CONTAINER_ID_FULL=${'a'.repeat(64)}`]);
});

test('with a cursor the times are left to the reader', () => {
  assert.deepEqual(args({ cursor: 's=1;i=2', sinceMs: 1, untilMs: 2 }), ['--after-cursor=s=1;i=2']);
});

for (const query of [
  { unit: '' },
  { unit: 'a\nb' },
  { identifier: 'a\0b' },
  { cursor: 'x y' },
  { sinceMs: 2, untilMs: 1 },
]) {
  test(`${JSON.stringify(query)} is refused`, () => {
    assert.throws(() => journalArguments(query), { code: 'arguments_invalid' });
  });
}

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

for (const [text, iso] of [
  ['15m', '2026-01-02T02:49:05.000Z'],
  ['7d', '2025-12-26T03:04:05.000Z'],
  ['2026-01-01', '2026-01-01T00:00:00.000Z'],
  ['2026-01-01 10:20', '2026-01-01T10:20:00.000Z'],
  ['2026-01-01T10:20:30.5+02:00', '2026-01-01T08:20:30.500Z'],
] as const) {
  test(`${text} is a moment`, () => {
    assert.equal(new Date(parseMoment('since', text, now)).toISOString(), iso);
  });
}

for (const text of ['yesterday', '2026-13-01', '-1h', '', '@5']) {
  test(`'${text}' is no moment`, () => {
    assert.throws(() => parseMoment('since', text, now), {
      code: 'arguments_invalid',
      detail: `\`since\` '${text}' is no time.`,
    });
  });
}
