import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoad } from '../../src/host/load.ts';

test('three averages and the threads are read', () => {
  assert.deepEqual(parseLoad('0.42 1.31 20.18 2/187 4242\n'), {
    oneMinute: 0.42,
    fiveMinutes: 1.31,
    fifteenMinutes: 20.18,
    runnableThreads: 2,
    threads: 187,
  });
});

test('anything else is not understood', () => {
  for (const text of ['', '\n', '0.42 0.31', 'nan nan nan 1/2 3', '-1.00 0.00 0.00 1/2 3']) {
    assert.equal(parseLoad(text), undefined, text);
  }
});
