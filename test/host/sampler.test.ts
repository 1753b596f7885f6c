import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSampler } from '../../src/host/sampler.ts';
import { stillClock } from '../still-clock.ts';
import { copyMachine, moveOn, rewrite } from './frozen-host.ts';

function openOn(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  const clock = stillClock();
  const sampler = openSampler(machine, clock);
  t.after(() => {
    sampler.close();
    remove();
  });
  return { machine, clock, sampler };
}

test('the first sample is there at once', (t) => {
  const { sampler } = openOn(t);
  assert.equal(sampler.samplesTaken(), 1);
  assert.deepEqual(sampler.span().after.uptime, { value: 14_400.5 });
});

test('two samples span the real time between them', (t) => {
  const { machine, clock, sampler } = openOn(t);
  clock.forward(1234);
  moveOn(machine, 'debian-vm-later');
  sampler.sample();
  const { before, after, intervalMs } = sampler.span();
  assert.equal(intervalMs, 1234);
  assert.deepEqual(before.uptime, { value: 14_400.5 });
  assert.deepEqual(after.uptime, { value: 14_415.5 });
});

test('the span is five intervals at most, however long it samples', (t) => {
  const { clock, sampler } = openOn(t);
  for (let second = 0; second < 20; second++) {
    clock.forward(1000);
    sampler.sample();
  }
  assert.equal(sampler.span().intervalMs, 5000);
  assert.equal(sampler.samplesTaken(), 21);
});

test('asking for the span takes no sample', (t) => {
  const { sampler } = openOn(t);
  for (let i = 0; i < 100; i++) sampler.span();
  assert.equal(sampler.samplesTaken(), 1);
});

test("the network is the machine's, seen through its first process", (t) => {
  const { sampler } = openOn(t);
  const { network } = sampler.span().after;
  assert.ok('value' in network);
  assert.equal(network.value.view, 'host');
});

test("where that is hidden it is this process's own, and says so", (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  mkdirSync(join(machine.proc, 'net'));
  renameSync(join(machine.proc, '1/net/dev'), join(machine.proc, 'net/dev'));
  const sampler = openSampler(machine, stillClock());
  t.after(() => {
    sampler.close();
    remove();
  });
  const { network } = sampler.span().after;
  assert.ok('value' in network);
  assert.equal(network.value.view, 'own');
});

test('what a machine lacks is a reason, and the rest is there', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(join(machine.proc, 'loadavg'));
  rmSync(join(machine.proc, 'pressure'), { recursive: true });
  rewrite(join(machine.proc, 'meminfo'), 'garbage\n');
  const sampler = openSampler(machine, stillClock());
  t.after(() => {
    sampler.close();
    remove();
  });
  const { load, cpuPressure, memory, cpu } = sampler.span().after;
  assert.deepEqual(load, { reason: '/proc/loadavg cannot be read: ENOENT' });
  assert.deepEqual(cpuPressure, { reason: '/proc/pressure/cpu cannot be read: ENOENT' });
  assert.deepEqual(memory, { reason: '/proc/meminfo has an unknown form' });
  assert.ok('value' in cpu);
});
