import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEffectiveUid, parseProcessStat } from '../../src/host/process-stat.ts';

const line = (name: string) =>
  `901 (${name}) S 734 901 901 0 -1 4194560 1 1 0 1 91200 7210 19465 6379 10 -10 13 0 2210 44478464 52100 18446744073709551615\n`;

test('a process is read', () => {
  assert.deepEqual(parseProcessStat(line('postgres')), {
    pid: 901,
    name: 'postgres',
    state: 'S',
    parentPid: 734,
    cpuTicks: 98_410,
    threads: 13,
    startTicks: 2210,
    rssPages: 52_100,
  });
});

test('a name may hold brackets, spaces and newlines', () => {
  for (const name of ['a) R 1 (b', '(sd-pam)', 'two\nlines', ') S 1 1 (']) {
    assert.equal(parseProcessStat(line(name))?.name, name);
    assert.equal(parseProcessStat(line(name))?.parentPid, 734);
  }
});

test('anything else is not understood', () => {
  for (const text of ['', '901', '901 (x', '901 (x) S', 'x (y) S 1 2 3']) {
    assert.equal(parseProcessStat(text), undefined, text);
  }
});

test('the effective user is the second number', () => {
  assert.equal(parseEffectiveUid('Name:\tx\nUid:\t1000\t33\t0\t0\nGid:\t5\t6\t7\t8\n'), 33);
  assert.equal(parseEffectiveUid('Name:\tUid:\t1\n'), undefined);
});
