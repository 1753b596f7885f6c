import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listContainers } from '../../../src/tools/read/containers.ts';
import { answerOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { openFrozenHost } from '../frozen-host.ts';

test('a list has the figures that are there, says how old they are, and has new ones read for the next', async (t) => {
  const { host, clock, close } = await openFrozenHost();
  t.after(close);
  const list = () => answerOf(listContainers, host, {}, ['docker:read']);
  assert.equal((await list()).figuresAgeMs, undefined);
  clock.forward(900);
  assert.equal((await list()).figuresAgeMs, 900);
  clock.forward(4100);
  const answer = await list();
  assert.equal(answer.figuresAgeMs, 5000);
  assert.ok(answer.containers.some((one: { memoryBytes?: number }) => one.memoryBytes !== undefined));
  await until('new ones are read', async () => (await list()).figuresAgeMs === undefined);
});

test('figures of half a minute are read anew', async (t) => {
  const { host, clock, close } = await openFrozenHost();
  t.after(close);
  clock.forward(31_000);
  assert.equal((await answerOf(listContainers, host, {}, ['docker:read'])).figuresAgeMs, undefined);
});
