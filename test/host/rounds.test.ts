import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { openRounds } from '../../src/host/rounds.ts';
import { until } from './frozen-host.ts';

test('rounds follow one another and never overlap', async (t) => {
  let running = 0;
  let most = 0;
  let rounds = 0;
  const opened = openRounds(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running -= 1;
      rounds += 1;
      return 1;
    },
    1000,
    () => {},
  );
  t.after(() => opened.close());
  await until(() => rounds >= 4);
  assert.equal(most, 1);
});

test('of failures in a row the first is told, and the rounds go on', async (t) => {
  const outcomes = [true, false, false, true, false];
  const troubles: string[] = [];
  let round = 0;
  const opened = openRounds(
    async () => {
      round += 1;
      if (outcomes[round - 1] === false) throw new Problem('unavailable', { detail: `round ${round}` });
      return 1;
    },
    1,
    (problem) => troubles.push(problem.detail),
  );
  t.after(() => opened.close());
  await until(() => round >= 6);
  assert.deepEqual(troubles, ['round 2', 'round 5']);
});

test('the first round is over even when it failed', async (t) => {
  const opened = openRounds(
    () => Promise.reject(new Problem('unavailable')),
    1000,
    () => {},
  );
  t.after(() => opened.close());
  await opened.first;
});

test('after the end no round begins', async () => {
  let rounds = 0;
  const opened = openRounds(
    async () => {
      rounds += 1;
      return 1;
    },
    1,
    () => {},
  );
  opened.close();
  await opened.first;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(rounds, 1);
});
