import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiskCounters, diskRates, isPartition, parseDisks } from '../../src/host/disk-io.ts';

test('the counters of each device are read, sectors as bytes, whatever fields later kernels add', () => {
  const read = parseDisks(
    ' 259       0 nvme0n1 100 5 2048 50 200 7 4096 400 3 300 500 1 2 3 4 5 6\n   8      16 sdb 1 2 3 4 5 6 7 8 9 10 11\n',
  )!;
  assert.deepEqual([...read.keys()], ['nvme0n1', 'sdb']);
  assert.deepEqual(read.get('nvme0n1'), {
    reads: 100,
    writes: 200,
    readBytes: 1_048_576,
    writtenBytes: 2_097_152,
    readingMs: 50,
    writingMs: 400,
    inFlight: 3,
    busyMs: 300,
    weightedMs: 500,
  });
});

test('lines of another form are left out, and a text without any is not understood', () => {
  assert.equal(parseDisks(' 8 1 sda1 1 2 3 4\n 8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n')!.size, 1);
  assert.equal(parseDisks(''), undefined);
});

const counters = (of: Partial<DiskCounters> = {}): DiskCounters => ({
  ...{ reads: 0, writes: 0, readBytes: 0, writtenBytes: 0, readingMs: 0, writingMs: 0 },
  ...{ inFlight: 0, busyMs: 0, weightedMs: 0 },
  ...of,
});

test('rates, latencies and use are those of the interval', () => {
  const after = counters({
    ...{ reads: 20, writes: 10, readBytes: 81_920, writtenBytes: 40_960, readingMs: 30, writingMs: 45 },
    ...{ busyMs: 500, weightedMs: 3000 },
  });
  assert.deepEqual(diskRates(counters(), after, 2000), {
    readBytesPerSecond: 40_960,
    writtenBytesPerSecond: 20_480,
    readsPerSecond: 10,
    writesPerSecond: 5,
    readLatencyMs: 1.5,
    writeLatencyMs: 4.5,
    busyPercent: 25,
    queueDepth: 1.5,
  });
});

test('without requests there is no latency, and an idle device is at zero', () => {
  assert.deepEqual(diskRates(counters(), counters(), 1000), {
    readBytesPerSecond: 0,
    writtenBytesPerSecond: 0,
    readsPerSecond: 0,
    writesPerSecond: 0,
    busyPercent: 0,
    queueDepth: 0,
  });
});

test('a device that just appeared has no rates', () => {
  assert.deepEqual(diskRates(undefined, counters({ reads: 5 }), 1000), {});
});

test('a counter that wrapped has no figure, and the others keep theirs', () => {
  const before = counters({ readingMs: 4_294_967_290, weightedMs: 4_294_967_000, reads: 10 });
  const rates = diskRates(before, counters({ readingMs: 5, weightedMs: 100, reads: 20 }), 1000);
  assert.equal(rates.readLatencyMs, undefined);
  assert.equal(rates.queueDepth, undefined);
  assert.equal(rates.readsPerSecond, 10);
});

test('a device is never busier than the whole time', () => {
  assert.equal(diskRates(counters(), counters({ busyMs: 1010 }), 1000).busyPercent, 100);
});

test('a partition is known by the name of its disk, whether that ends in a digit or not', () => {
  const disks = new Map(
    ['sda', 'sda1', 'nvme0n1', 'nvme0n1p2', 'dm-0', 'dm-1', 'mmcblk0', 'mmcblk0boot0', 'xvdb1'].map(
      (name) => [name, counters()] as const,
    ),
  );
  const partitions = [...disks.keys()].filter((name) => isPartition(name, disks));
  assert.deepEqual(partitions, ['sda1', 'nvme0n1p2']);
});
