import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openContainerMemory } from '../../src/host/container-memory.ts';
import { copyMachine } from './frozen-host.ts';

function withFiles(t: TestContext, folder: string, files: Readonly<Record<string, string>>) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const cgroup = join(machine.sys, 'fs/cgroup', folder);
  mkdirSync(cgroup, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cgroup, name), text);
  return openContainerMemory(machine)();
}

test('of cgroup v1 the droppable cache of all below is left out too', (t) => {
  const memory = withFiles(t, 'memory', {
    'memory.limit_in_bytes': '1000000\n',
    'memory.usage_in_bytes': '600000\n',
    'memory.stat': 'cache 300000\ninactive_file 50000\ntotal_inactive_file 100000\n',
  });
  assert.deepEqual(memory, { limitBytes: 1_000_000, usedBytes: 500_000, usedPercent: 50 });
});

test('the largest number of cgroup v1 and the word max are no limits', (t) => {
  const v1 = { 'memory.limit_in_bytes': '9223372036854771712\n', 'memory.usage_in_bytes': '600000\n' };
  assert.equal(withFiles(t, 'memory', v1), undefined);
  assert.equal(withFiles(t, '', { 'memory.max': 'max\n', 'memory.current': '600000\n' }), undefined);
});

test('a machine that is no container has none', (t) => {
  assert.equal(withFiles(t, 'other', {}), undefined);
});
