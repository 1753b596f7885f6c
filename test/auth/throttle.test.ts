import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openThrottle } from '../../src/auth/throttle.ts';
import { Problem } from '../../src/base/errors.ts';
import { stillClock } from '../still-clock.ts';

const problem = new Problem('token_invalid');

test('the twenty-first refusal of a minute becomes another one, which says when to come back', () => {
  const throttle = openThrottle(stillClock());
  for (let tries = 0; tries < 20; tries++) assert.equal(throttle.refused('a', problem), problem);
  const { code, retryAfterSeconds } = throttle.refused('a', problem);
  assert.deepEqual({ code, retryAfterSeconds }, { code: 'auth_throttled', retryAfterSeconds: 60 });
});

test('the time to wait is never zero', () => {
  const clock = stillClock();
  const throttle = openThrottle(clock);
  for (let tries = 0; tries < 20; tries++) throttle.refused('a', problem);
  clock.forward(59_999);
  assert.equal(throttle.refused('a', problem).retryAfterSeconds, 1);
});

test('ten thousand sources are kept, and of more the oldest is forgotten', () => {
  const throttle = openThrottle(stillClock());
  for (let tries = 0; tries < 20; tries++) throttle.refused('first', problem);
  for (let other = 0; other < 9_999; other++) throttle.refused(`source ${other}`, problem);
  assert.equal(throttle.refused('first', problem).code, 'auth_throttled');
  throttle.refused('one more', problem);
  assert.equal(throttle.refused('first', problem).code, 'token_invalid');
});
