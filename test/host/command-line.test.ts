import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCommandLines, parseCommandLine } from '../../src/host/command-line.ts';
import { copyMachine, rewrite } from './frozen-host.ts';

test('arguments with blanks are put in quotes', () => {
  assert.equal(parseCommandLine('tar\0-C\0/my data\0--to=a b\0'), 'tar -C "/my data" --to="a b"');
});

test('a title that a process wrote itself stays as it is', () => {
  assert.equal(parseCommandLine('nginx: worker process\0\0\0'), 'nginx: worker process');
});

test('secrets are replaced, blanks in them or not', () => {
  for (const secret of [
    '--password=hunter two',
    '--password\0hunter two',
    'PASSWORD=hunter',
    '--token\0hunter',
  ]) {
    const line = parseCommandLine(`run\0${secret}\0last\0`);
    assert.doesNotMatch(line, /hunter|two/, line);
    assert.match(line, /‹secret:[0-9a-f]{4}›.* last$/);
  }
});

test('control characters and newlines are gone', () => {
  assert.equal(parseCommandLine('a\u001b[31m\0b\nc\0'), 'a "b c"');
});

test('a long one is cut, and no secret shows by its half', () => {
  const line = parseCommandLine(`x\0${'y'.repeat(20_000)}\0--password=hunter2`);
  assert.equal(line.length, 1024);
  assert.ok(line.endsWith('…'));
});

test('it is read once for the same process, and again for another program in it', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const lines = openCommandLines(machine);
  const process = {
    pid: 1200,
    name: 'nginx',
    state: 'S',
    parentPid: 1,
    cpuTicks: 0,
    threads: 1,
    startTicks: 900,
    rssPages: 1,
  };
  assert.equal(lines.of(process), 'nginx: worker process');
  rewrite(join(machine.proc, '1200/cmdline'), 'other\0');
  assert.equal(lines.of(process), 'nginx: worker process');
  assert.equal(lines.of({ ...process, name: 'other' }), 'other');
  rewrite(join(machine.proc, '1200/cmdline'), 'third\0');
  assert.equal(lines.of({ ...process, name: 'other', startTicks: 901 }), 'third');
  rewrite(join(machine.proc, '1200/cmdline'), 'fourth\0');
  lines.forget(new Map());
  assert.equal(lines.of({ ...process, name: 'other', startTicks: 901 }), 'fourth');
});

test('a kernel thread has none', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const kernelThread = { pid: 2, name: 'kthreadd', state: 'S', parentPid: 0, cpuTicks: 0 };
  assert.equal(
    openCommandLines(machine).of({ ...kernelThread, threads: 1, startTicks: 4, rssPages: 0 }),
    undefined,
  );
});
