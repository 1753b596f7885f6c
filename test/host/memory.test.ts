import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMemory } from '../../src/host/memory.ts';

test('what is not available is used', () => {
  const read = parseMemory(
    'MemTotal:  1000 kB\nMemFree:  100 kB\nMemAvailable:  400 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n',
  );
  assert.equal(read!.memory.usedBytes, 614_400);
  assert.equal(read!.memory.usedPercent, 60);
  assert.deepEqual(read!.swap, {
    totalBytes: 204_800,
    usedBytes: 51_200,
    freeBytes: 153_600,
    usedPercent: 25,
  });
});

test('without swap there is no percentage of it', () => {
  const read = parseMemory('MemTotal: 1000 kB\nMemAvailable: 400 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n');
  assert.deepEqual(read!.swap, { totalBytes: 0, usedBytes: 0, freeBytes: 0 });
});

test('without MemAvailable the reclaimable caches count as available', () => {
  const read = parseMemory(
    'MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 200 kB\nShmem: 30 kB\n',
  );
  assert.equal(read!.memory.availableBytes, 320 * 1024);
});

test('more available than there is, as some containers say, is all there is', () => {
  const read = parseMemory('MemTotal: 1000 kB\nMemAvailable: 4000 kB\n');
  assert.equal(read!.memory.usedBytes, 0);
});

test('a text without MemTotal is not understood', () => {
  assert.equal(parseMemory('MemFree: 100 kB\n'), undefined);
  assert.equal(parseMemory('MemTotal: lots\n'), undefined);
});

test('this machine has what free says', () => {
  const ours = parseMemory(readFileSync('/proc/meminfo', 'utf8'))!;
  const said = execFileSync('free', ['-b'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  const rows = said.split('\n').map((line) => line.trim().split(/\s+/));
  const memory = rows.find(([name]) => name === 'Mem:')!;
  const swap = rows.find(([name]) => name === 'Swap:')!;
  assert.equal(ours.memory.totalBytes, Number(memory[1]));
  assert.ok(Math.abs(ours.memory.availableBytes - Number(memory[6])) < ours.memory.totalBytes / 20);
  assert.equal(ours.swap.totalBytes, Number(swap[1]));
});
