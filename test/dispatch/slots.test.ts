import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSlots } from '../../src/dispatch/slots.ts';

const never = new AbortController().signal;
const limits = { total: 3, perCaller: 2, waitingPerCaller: 2 };

test('a caller at its own limit waits while another still gets a slot', async () => {
  const slots = openSlots(limits);
  await slots.take('a', never);
  await slots.take('a', never);
  let started = false;
  const third = slots.take('a', never).then(() => {
    started = true;
  });
  await slots.take('b', never);
  assert.equal(started, false);
  slots.give('a');
  await third;
  assert.equal(started, true);
});

test('a caller that waits at its own limit is stepped over when a slot comes free', async () => {
  const slots = openSlots({ total: 2, perCaller: 1, waitingPerCaller: 5 });
  await slots.take('a', never);
  await slots.take('b', never);
  const order: string[] = [];
  const a = slots.take('a', never).then(() => order.push('a'));
  const c = slots.take('c', never).then(() => order.push('c'));
  slots.give('b');
  await c;
  assert.deepEqual(order, ['c']);
  slots.give('a');
  await a;
  assert.deepEqual(order, ['c', 'a']);
});

test('more waiting calls than the limit are refused as busy', async () => {
  const slots = openSlots(limits);
  await slots.take('a', never);
  await slots.take('a', never);
  void slots.take('a', never);
  void slots.take('a', never);
  await assert.rejects(slots.take('a', never), { code: 'busy' });
});

test('a call that is aborted while it waits leaves its place', async () => {
  const slots = openSlots({ total: 1, perCaller: 1, waitingPerCaller: 5 });
  await slots.take('a', never);
  const controller = new AbortController();
  const waiting = slots.take('b', controller.signal);
  controller.abort(new Error('gone'));
  await assert.rejects(waiting, { message: 'gone' });
  slots.give('a');
  assert.equal(slots.tryTake('c'), true);
});
