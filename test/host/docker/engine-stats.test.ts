import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineCounters } from '../../../src/host/docker/engine-stats.ts';

const hostMemory = 8e9;

test('what the engine says of a container of cgroup version 2 is in microseconds and bytes', () => {
  assert.deepEqual(
    engineCounters(
      {
        cpu_stats: {
          cpu_usage: { total_usage: 5_000_400 },
          throttling_data: { periods: 10, throttled_periods: 2, throttled_time: 3_000_000 },
        },
        memory_stats: { usage: 1000, limit: 4000, stats: { inactive_file: 300 } },
        pids_stats: { current: 3, limit: 50 },
        blkio_stats: {
          io_service_bytes_recursive: [
            { op: 'read', value: 1 },
            { op: 'write', value: 2 },
            { op: 'read', value: 4 },
          ],
        },
        networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
      },
      hostMemory,
    ),
    {
      cpuUs: 5000,
      periods: 10,
      throttledPeriods: 2,
      throttledMs: 3,
      memoryBytes: 700,
      memoryLimitBytes: 4000,
      pids: 3,
      pidsLimit: 50,
      readBytes: 5,
      writtenBytes: 2,
      receivedBytes: 11,
      sentBytes: 22,
    },
  );
});

test('of version 1 the cache of the whole hierarchy counts, and its words for reading and writing', () => {
  assert.deepEqual(
    engineCounters(
      {
        cpu_stats: { cpu_usage: { total_usage: 1000 } },
        memory_stats: { usage: 1000, stats: { inactive_file: 1, total_inactive_file: 400 } },
        blkio_stats: {
          io_service_bytes_recursive: [
            { op: 'Read', value: 7 },
            { op: 'Total', value: 7 },
          ],
        },
      },
      hostMemory,
    ),
    { cpuUs: 1, memoryBytes: 600, readBytes: 7, writtenBytes: 0 },
  );
});

test('a limit that is the memory of the host, or the largest number there is, is none', () => {
  const counters = engineCounters(
    {
      cpu_stats: { cpu_usage: { total_usage: 1000 } },
      memory_stats: { usage: 1, limit: hostMemory },
      pids_stats: { current: 1, limit: 2 ** 64 },
    },
    hostMemory,
  );
  assert.deepEqual(counters, { cpuUs: 1, memoryBytes: 1, pids: 1 });
});

test('a container that does not run has none', () => {
  for (const said of [undefined, {}, { cpu_stats: { cpu_usage: { total_usage: 0 } } }])
    assert.equal(engineCounters(said, hostMemory), undefined);
});
