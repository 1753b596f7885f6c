import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../src/base/duration.ts';

test('a bare number is seconds', () => {
  assert.equal(parseDuration('3600'), 3600);
});

test('a letter names the unit', () => {
  assert.deepEqual(
    ['10s', '15m', '1h', '30d', '2w'].map((text) => parseDuration(text)),
    [10, 900, 3600, 2_592_000, 1_209_600],
  );
});

test('space around it does not matter', () => {
  assert.equal(parseDuration(' 1h\n'), 3600);
});

test('anything else is no duration, and neither is nothing', () => {
  const wrong = [
    '',
    '0',
    '0d',
    '-1',
    '1.5h',
    '1 h',
    '1H',
    '1y',
    'h',
    '1h30m',
    '1e3',
    '0x10',
    'Infinity',
    '٣',
  ];
  assert.deepEqual(
    wrong.filter((text) => parseDuration(text) !== undefined),
    [],
  );
});

test('what is too long to count exactly is no duration', () => {
  assert.equal(parseDuration('99999999999'), undefined);
});
