import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine } from '../../src/base/machine-root.ts';
import { parseControllers, parseCpuMax, parseLimit, readCgroupLimits } from '../../src/host/cgroup-limits.ts';

function machineWith(t: TestContext, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'cgroup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'sys/fs/cgroup', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return frozenMachine(folder);
}

test('a limit is a number; max and the largest number of version 1 are none', () => {
  assert.equal(parseLimit('4915\n'), 4915);
  assert.equal(parseLimit('max\n'), undefined);
  assert.equal(parseLimit('9223372036854771712\n'), undefined);
  assert.equal(parseLimit(''), undefined);
});

test('a quota of CPU time is told in cores', () => {
  assert.equal(parseCpuMax('150000 100000\n'), 1.5);
  assert.equal(parseCpuMax('max 100000\n'), undefined);
  assert.equal(parseCpuMax('-1 100000'), undefined);
});

test('controllers that share a hierarchy have the same path', () => {
  const paths = parseControllers('4:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c\n');
  assert.deepEqual([paths.get('cpu'), paths.get('cpuacct'), paths.get('')], ['/a', '/a', '/c']);
});

test('version 2: the tightest on the way up to the root counts', (t) => {
  const machine = machineWith(t, {
    'a.slice/b.service/cgroup.procs': '',
    'a.slice/b.service/memory.max': '2000',
    'a.slice/b.service/cpu.max': 'max 100000',
    'a.slice/memory.max': '1000',
    'a.slice/cpu.max': '50000 100000',
    'a.slice/pids.max': 'max',
  });
  assert.deepEqual(readCgroupLimits(machine, '0::/a.slice/b.service\n'), {
    memoryMaxBytes: 1000,
    cpuMaxCores: 0.5,
  });
});

test('version 1: each controller has a folder of its own', (t) => {
  const machine = machineWith(t, {
    'memory/x/cgroup.procs': '',
    'memory/x/memory.limit_in_bytes': '1048576\n',
    'cpu/y/cgroup.procs': '',
    'cpu/y/cpu.cfs_quota_us': '200000\n',
    'cpu/y/cpu.cfs_period_us': '100000\n',
    'pids/cgroup.procs': '',
    'pids/pids.max': '77\n',
  });
  assert.deepEqual(readCgroupLimits(machine, '4:memory:/x\n3:cpu,cpuacct:/y\n2:pids:/\n0::/z\n'), {
    memoryMaxBytes: 1_048_576,
    cpuMaxCores: 2,
    pidsMax: 77,
  });
});

test('a cgroup that does not show here has no limits to tell, not none', (t) => {
  assert.equal(readCgroupLimits(machineWith(t, { 'cgroup.procs': '' }), '0::/elsewhere\n'), undefined);
});
