/** What a unit uses, from the files of its control group. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { frozenMachine } from '../../src/base/machine-root.ts';
import {
  parseIoStat,
  parseNumber,
  parseServiceBytes,
  readUnitResources,
} from '../../src/host/unit-resources.ts';

function resourcesOf(files: Readonly<Record<string, string>>, path: string) {
  const folder = mkdtempSync(join(tmpdir(), 'unit-resources-'));
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, 'sys/fs/cgroup', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  try {
    return readUnitResources(frozenMachine(folder), path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('cgroup v2: memory, CPU, tasks and IO', () => {
  const group = 'system.slice/web.service';
  assert.deepEqual(
    resourcesOf(
      {
        'cgroup.controllers': 'cpu io memory pids\n',
        [`${group}/memory.current`]: '1048576\n',
        [`${group}/memory.peak`]: '2097152\n',
        [`${group}/memory.max`]: '4194304\n',
        [`${group}/memory.events`]: 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n',
        [`${group}/cpu.stat`]: 'usage_usec 1234567\nuser_usec 1\nnr_throttled 4\nthrottled_usec 9000\n',
        [`${group}/pids.current`]: '7\n',
        [`${group}/pids.max`]: 'max\n',
        [`${group}/io.stat`]:
          '8:0 rbytes=100 wbytes=20 rios=1 wios=1 dbytes=7 dios=0\n8:16 rbytes=1 wbytes=2\n',
      },
      '/system.slice/web.service',
    ),
    {
      memoryBytes: 1_048_576,
      memoryPeakBytes: 2_097_152,
      memoryLimitBytes: 4_194_304,
      oomKills: 2,
      cpuTimeMs: 1235,
      cpuThrottledMs: 9,
      tasks: 7,
      ioReadBytes: 101,
      ioWrittenBytes: 22,
    },
  );
});

test('cgroup v1: a tree for each controller, and a limit of almost everything is none', () => {
  const group = 'system.slice/web.service';
  assert.deepEqual(
    resourcesOf(
      {
        [`memory/${group}/memory.usage_in_bytes`]: '1048576\n',
        [`memory/${group}/memory.max_usage_in_bytes`]: '2097152\n',
        [`memory/${group}/memory.limit_in_bytes`]: '9223372036854771712\n',
        [`memory/${group}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
        [`cpuacct/${group}/cpuacct.usage`]: '5000000000\n',
        [`cpu/${group}/cpu.stat`]: 'nr_periods 1\nnr_throttled 1\nthrottled_time 3000000\n',
        [`pids/${group}/pids.current`]: '2\n',
        [`pids/${group}/pids.max`]: '100\n',
        [`blkio/${group}/blkio.throttle.io_service_bytes`]:
          '8:0 Read 4096\n8:0 Write 512\n8:0 Total 4608\nTotal 4608\n',
      },
      '/system.slice/web.service',
    ),
    {
      memoryBytes: 1_048_576,
      memoryPeakBytes: 2_097_152,
      oomKills: 1,
      cpuTimeMs: 5000,
      cpuThrottledMs: 3,
      tasks: 2,
      tasksLimit: 100,
      ioReadBytes: 4096,
      ioWrittenBytes: 512,
    },
  );
});

test('what the kernel does not account is absent', () => {
  assert.deepEqual(resourcesOf({ 'cgroup.controllers': '\n', 'a/cpu.stat': 'usage_usec 2000\n' }, '/a'), {
    cpuTimeMs: 2,
  });
});

test('a path that leads out of the control groups is not followed', () => {
  assert.deepEqual(resourcesOf({ 'cgroup.controllers': '\n', 'pids.current': '1\n' }, '/a/..'), {});
  assert.deepEqual(resourcesOf({ 'cgroup.controllers': '\n', 'pids.current': '1\n' }, 'a'), {});
});

test('a file that is there and empty is no IO, one that is not there is unknown', () => {
  assert.deepEqual(parseIoStat(''), { readBytes: 0, writtenBytes: 0 });
  assert.equal(parseIoStat(undefined), undefined);
  assert.equal(parseServiceBytes(undefined), undefined);
  assert.equal(parseNumber('max\n'), undefined);
});
