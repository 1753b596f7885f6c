import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine } from '../../../src/base/machine-root.ts';
import { readPlace } from '../../../src/host/docker/place.ts';

const id = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';

function placeIn(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'machine-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return readPlace(frozenMachine(root), id, 42);
}

test('version 2: its unit, and its processes with those in groups that it made itself', (t) => {
  const group = `sys/fs/cgroup/system.slice/docker-${id}.scope`;
  const place = placeIn(t, {
    'sys/fs/cgroup/cgroup.controllers': 'pids\n',
    'proc/42/cgroup': `0::/system.slice/docker-${id}.scope\n`,
    [`${group}/cgroup.procs`]: '',
    [`${group}/init.scope/cgroup.procs`]: '42\n0\n',
    [`${group}/system.slice/cron.service/cgroup.procs`]: '9\n108\n',
  });
  assert.deepEqual(place, {
    cgroup: `/system.slice/docker-${id}.scope`,
    unit: `docker-${id}.scope`,
    pids: [9, 42, 108],
  });
});

test('version 1: the processes of a hierarchy that accounts them', (t) => {
  const place = placeIn(t, {
    'proc/42/cgroup': `8:pids:/docker/${id}\n1:name=systemd:/docker/${id}\n`,
    [`sys/fs/cgroup/pids/docker/${id}/cgroup.procs`]: '42\n42\n',
  });
  assert.deepEqual(place, { cgroup: `/docker/${id}`, pids: [42] });
});

test('a number that another process has by now, and a group that is not seen, are said nothing of', (t) => {
  assert.deepEqual(placeIn(t, { 'proc/42/cgroup': '0::/system.slice/cron.service\n' }), {});
  assert.deepEqual(placeIn(t, {}), {});
  assert.deepEqual(placeIn(t, { 'proc/42/cgroup': `0::/docker/${id}\n` }), { cgroup: `/docker/${id}` });
});
