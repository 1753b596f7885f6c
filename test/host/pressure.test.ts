import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePressure } from '../../src/host/pressure.ts';

test('some and full are read', () => {
  const text =
    'some avg10=1.20 avg60=0.80 avg300=0.40 total=50990822\nfull avg10=0.10 avg60=0.20 avg300=0.30 total=9\n';
  assert.deepEqual(parsePressure(text), {
    some: { avg10Percent: 1.2, avg60Percent: 0.8, avg300Percent: 0.4 },
    full: { avg10Percent: 0.1, avg60Percent: 0.2, avg300Percent: 0.3 },
  });
});

test('a kernel that tells no full for the CPU has none', () => {
  assert.deepEqual(parsePressure('some avg10=1.20 avg60=0.80 avg300=0.40 total=1\n'), {
    some: { avg10Percent: 1.2, avg60Percent: 0.8, avg300Percent: 0.4 },
  });
});

test('anything else is not understood', () => {
  assert.equal(parsePressure(''), undefined);
  assert.equal(parsePressure('some avg10=x avg60=0.80 avg300=0.40 total=1\n'), undefined);
});
