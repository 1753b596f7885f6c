import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoTime } from '../../src/base/clock.ts';

test('a time is written as Date writes it, whichever was asked for before', () => {
  const start = Date.UTC(2026, 10, 26, 23, 59, 58);
  const times = [0, 999, 1000, 1, 86_399_999, -1, -1000, -1001, 951_782_400_000];
  for (const time of [...times, ...times.map((ms) => start + ms)]) {
    assert.equal(isoTime(time), new Date(time).toISOString());
    assert.equal(isoTime(time), new Date(time).toISOString());
  }
});

test('what is less than a millisecond is left out', () => {
  assert.equal(isoTime(1_700_000_000_000.9), '2023-11-14T22:13:20.000Z');
  assert.equal(isoTime(1_700_000_000_999.99), '2023-11-14T22:13:20.999Z');
});

test('what is no time throws', () => {
  assert.throws(() => isoTime(Number.NaN), RangeError);
});
