import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { settleHeap } from '../../src/base/settle-heap.ts';

test('what nobody holds is gone, what somebody holds is there, and no one else gets to collect', async () => {
  const held = { of: 'use' };
  const [useless, useful] = [new WeakRef({ of: 'none' }), new WeakRef(held)];
  // A weak reference that was just made holds on until this turn of the loop ends.
  await nextTurn();
  settleHeap();
  assert.equal(useless.deref(), undefined);
  assert.equal(useful.deref(), held);
  assert.equal('gc' in globalThis, false);
});
