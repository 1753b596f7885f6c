import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalArguments } from '../../src/host/journal-query.ts';

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

test('forwards nothing is reversed, and the end is journalctl to find behind a cursor too', () => {
  const forwards = journalArguments({ direction: 'newer', cursor: 's=1;i=2', sinceMs: 1, untilMs: 2 });
  assert.equal(forwards.includes('--reverse'), false);
  assert.deepEqual(forwards.slice(-2), ['--until=@0.002', '--after-cursor=s=1;i=2']);
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
