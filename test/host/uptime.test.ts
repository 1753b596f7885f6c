import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUptime } from '../../src/host/uptime.ts';

test('the seconds since boot are read', () => {
  assert.equal(parseUptime('14400.50 28635.00\n'), 14_400.5);
});

test('anything else is not understood', () => {
  for (const text of ['', 'soon\n', '12']) assert.equal(parseUptime(text), undefined, text);
});
