import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuUse, parseCpu } from '../../src/host/cpu.ts';

const times = (line: string) => parseCpu(`cpu  ${line}\n`)!.total;

test('the total, each core and the boot time are read', () => {
  const counters = parseCpu(
    'cpu  10 2 6 100 4 0 1 0 0 0\ncpu0 5 1 3 50 2 0 1 0 0 0\ncpu3 5 1 3 50 2 0 0 0 0 0\nintr 5 0\nbtime 1767308645\n',
  );
  assert.deepEqual([...counters!.cores.keys()], [0, 3]);
  assert.equal(counters!.total.idle, 100);
  assert.equal(counters!.bootedAtSeconds, 1767308645);
});

test('a text without a cpu line is not understood', () => {
  assert.equal(parseCpu('intr 5\n'), undefined);
  assert.equal(parseCpu(''), undefined);
  assert.equal(parseCpu('cpu  a b c d\n'), undefined);
});

test('an older kernel without steal and guest has none', () => {
  assert.equal(times('10 2 6 100').steal, 0);
});

test('percentages are parts of all time, with iowait and steal of their own', () => {
  const use = cpuUse(times('0 0 0 0 0 0 0 0 0 0'), times('20 10 5 50 5 2 3 5 0 0'));
  assert.deepEqual(use, {
    usedPercent: 45,
    userPercent: 30,
    systemPercent: 10,
    iowaitPercent: 5,
    stealPercent: 5,
  });
});

test('the time of guests is counted once', () => {
  const use = cpuUse(times('0 0 0 0 0 0 0 0 0 0'), times('50 10 0 40 0 0 0 0 30 10'));
  assert.equal(use!.usedPercent, 60);
  assert.equal(use!.userPercent, 60);
});

test('counters that began anew give no percentage', () => {
  assert.equal(cpuUse(times('500 0 0 900'), times('20 0 0 950')), undefined);
});

test('iowait that decreases is no reset and never negative', () => {
  const use = cpuUse(times('10 0 10 100 50'), times('20 0 20 180 49'));
  assert.equal(use!.iowaitPercent, 0);
  assert.equal(use!.usedPercent, 20);
});

test('no tick, no percentage', () => {
  assert.equal(cpuUse(times('10 0 10 100'), times('10 0 10 100')), undefined);
});
