import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine, liveMachine } from '../../src/base/machine-root.ts';
import { type KeptFile, keepProcFile } from '../../src/host/reading.ts';
import { rewrite } from './frozen-host.ts';

function machineWith(t: TestContext, files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'proc'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'proc', name), text);
  return frozenMachine(folder);
}

function closedAfter<T>(t: TestContext, file: KeptFile<T>): KeptFile<T> {
  t.after(() => file.close());
  return file;
}

const whole = (text: string) => text;

test('what changes in a kept file is read without opening it again', (t) => {
  const machine = machineWith(t, { a: 'one' });
  const file = closedAfter(t, keepProcFile(machine, ['a'], whole));
  assert.deepEqual(file.read(), { value: 'one' });
  rewrite(join(machine.proc, 'a'), 'second');
  assert.deepEqual(file.read(), { value: 'second' });
  rmSync(join(machine.proc, 'a'));
  assert.deepEqual(file.read(), { value: 'second' });
});

test('a file longer than any before is read whole', (t) => {
  const text = 'x'.repeat(300_000);
  const file = closedAfter(t, keepProcFile(machineWith(t, { a: text }), ['a'], whole));
  assert.deepEqual(file.read(), { value: text });
});

test('a file that never ends is read up to a bound', (t) => {
  const machine = { ...liveMachine(), proc: '/dev' };
  const file = closedAfter(
    t,
    keepProcFile(machine, ['zero'], (text) => text.length),
  );
  assert.deepEqual(file.read(), { value: 4_194_304 });
});

test('a file that is not there says so, and is found when it comes', (t) => {
  const machine = machineWith(t, {});
  const file = closedAfter(t, keepProcFile(machine, ['a'], whole));
  assert.deepEqual(file.read(), { reason: '/proc/a cannot be read: ENOENT' });
  writeFileSync(join(machine.proc, 'a'), 'here');
  assert.deepEqual(file.read(), { value: 'here' });
});

test('a text that is not understood says so', (t) => {
  const file = closedAfter(
    t,
    keepProcFile(machineWith(t, { a: 'x' }), ['a'], () => undefined),
  );
  assert.deepEqual(file.read(), { reason: '/proc/a has an unknown form' });
});

test('the next best place serves where the best has nothing', (t) => {
  const machine = machineWith(t, { b: 'from b' });
  const file = closedAfter(
    t,
    keepProcFile(machine, ['a', 'b'], (text, name) => `${name}: ${text}`),
  );
  assert.deepEqual(file.read(), { value: 'b: from b' });
});
