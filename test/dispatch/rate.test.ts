import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/base/errors.ts';
import { openRateLimiter } from '../../src/dispatch/rate.ts';
import { stillClock } from '../still-clock.ts';

test('a caller has its whole minute at once, and the next call is told when to come back', () => {
  const clock = stillClock();
  const rate = openRateLimiter(clock, () => 100);
  for (let i = 0; i < 100; i++) rate.take('a');
  assert.throws(
    () => rate.take('a'),
    (problem: Problem) => {
      assert.equal(problem.code, 'rate_limited');
      assert.equal(problem.retryAfterSeconds, 1);
      return true;
    },
  );
  clock.forward(1000);
  rate.take('a');
  assert.throws(() => rate.take('a'), { code: 'rate_limited' });
});

test('the seconds named are enough, however small the limit', () => {
  const clock = stillClock();
  const rate = openRateLimiter(clock, () => 1);
  rate.take('a');
  assert.throws(
    () => rate.take('a'),
    (problem: Problem) => {
      assert.equal(problem.retryAfterSeconds, 60);
      return true;
    },
  );
  clock.forward(60_000);
  rate.take('a');
});

test('one caller does not use up the calls of another', () => {
  const rate = openRateLimiter(stillClock(), () => 1);
  rate.take('a');
  rate.take('b');
  assert.throws(() => rate.take('a'), { code: 'rate_limited' });
});

test('a lower limit applies at once, also to a full bucket', () => {
  let limit = 100;
  const rate = openRateLimiter(stillClock(), () => limit);
  rate.take('a');
  limit = 2;
  rate.take('a');
  rate.take('a');
  assert.throws(() => rate.take('a'), { code: 'rate_limited' });
});

test('sweeping forgets nothing that counts', () => {
  const clock = stillClock();
  const rate = openRateLimiter(clock, () => 2);
  rate.take('a');
  rate.take('a');
  rate.sweep();
  assert.throws(() => rate.take('a'), { code: 'rate_limited' });
  clock.forward(60_000);
  rate.sweep();
  rate.take('a');
  rate.take('a');
});
