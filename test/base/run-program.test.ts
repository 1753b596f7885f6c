/** Other programs run for a bounded time, with bounded output and in a clean environment. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { type ProgramLine, runProgram, streamProgram } from '../../src/base/run-program.ts';

const deadlineMs = 20_000;

const withCode = (code: string) => (thrown: unknown) => thrown instanceof Problem && thrown.code === code;

async function collect(lines: AsyncIterable<ProgramLine>): Promise<ProgramLine[]> {
  const all: ProgramLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

test('output, complaints and exit code come back', async () => {
  const result = await runProgram({ program: 'sh', args: ['-c', 'echo a; echo b >&2; exit 3'], deadlineMs });
  assert.deepEqual(result, { stdout: 'a\n', stderr: 'b\n', exitCode: 3, cut: false });
});

test('arguments are not words of a shell', async () => {
  const { stdout } = await runProgram({ program: 'printf', args: ['%s', '$(id) *; `ls`'], deadlineMs });
  assert.equal(stdout, '$(id) *; `ls`');
});

test('the environment is the same wherever the daemon was started, and standard input is empty', async () => {
  const { stdout } = await runProgram({ program: 'env', args: [], deadlineMs });
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'LC_ALL=C',
    'PAGER=cat',
    'PATH=/usr/bin:/bin:/usr/sbin:/sbin',
    'SYSTEMD_COLORS=0',
    'SYSTEMD_PAGER=',
    'SYSTEMD_URLIFY=0',
    'TZ=UTC',
  ]);
  assert.equal((await runProgram({ program: 'cat', args: [], deadlineMs })).stdout, '');
});

test('a program that is not installed is unavailable', async () => {
  await assert.rejects(runProgram({ program: 'no-such-program', args: [], deadlineMs }), {
    code: 'unavailable',
    detail: 'The program no-such-program is not installed on this machine.',
  });
});

test('a path is no name of a program', async () => {
  await assert.rejects(runProgram({ program: '../bin/sh', args: [], deadlineMs }), withCode('unavailable'));
});

test('output is collected up to its limit, and then the child is killed', async () => {
  const result = await runProgram({ program: 'yes', args: [], deadlineMs, maxBytes: 5 });
  assert.deepEqual(result, { stdout: 'y\ny\ny', stderr: '', cut: true });
});

test('complaints are kept up to 4 KiB and never hold the child up', async () => {
  const { stderr, exitCode } = await runProgram({
    program: 'sh',
    args: ['-c', 'head -c 300000 /dev/zero | tr "\\0" x >&2'],
    deadlineMs,
  });
  assert.equal(stderr.length, 4096);
  assert.equal(exitCode, 0);
});

test('the deadline ends the child and what it started does not hold the answer up', async () => {
  await assert.rejects(runProgram({ program: 'sh', args: ['-c', 'sleep 2; true'], deadlineMs: 50 }), {
    code: 'deadline_exceeded',
    detail: 'sh did not answer in time.',
  });
});

test('an aborted request kills the child', async () => {
  const abort = new AbortController();
  const { lines, ended } = streamProgram({
    program: 'sh',
    args: ['-c', 'echo $$; exec sleep 60'],
    deadlineMs,
    signal: abort.signal,
  });
  let pid = '';
  await assert.rejects(async () => {
    for await (const { text } of lines) {
      pid = text;
      abort.abort();
    }
  }, withCode('cancelled'));
  await assert.rejects(ended, withCode('cancelled'));
  assert.match(pid, /^\d+$/);
  assert.equal(existsSync(`/proc/${pid}`), false);
});

test('a request that was aborted before starts nothing', async () => {
  await assert.rejects(
    runProgram({ program: 'true', args: [], deadlineMs, signal: AbortSignal.abort() }),
    withCode('cancelled'),
  );
});

test('lines come one by one, the last one also without a newline', async () => {
  const { lines, ended } = streamProgram({ program: 'printf', args: ['one\\n\\ntwo é\\nthree'], deadlineMs });
  assert.deepEqual(
    (await collect(lines)).map(({ text }) => text),
    ['one', '', 'two é', 'three'],
  );
  assert.deepEqual(await ended, { exitCode: 0, stderr: '' });
});

test('a line is cut at its limit and the next one is whole', async () => {
  const { lines } = streamProgram({
    program: 'printf',
    args: ['123456\\n1234\\n'],
    deadlineMs,
    maxLineBytes: 4,
  });
  assert.deepEqual(await collect(lines), [
    { text: '1234', cut: true },
    { text: '1234', cut: false },
  ]);
});

test('leaving the loop early kills the child', async () => {
  const { lines, ended } = streamProgram({ program: 'yes', args: [], deadlineMs });
  for await (const { text } of lines) {
    assert.equal(text, 'y');
    break;
  }
  assert.deepEqual(await ended, { stderr: '' });
});

test('a stream that takes too long throws what it did not wait for', async () => {
  const { lines } = streamProgram({ program: 'sleep', args: ['60'], deadlineMs: 50 });
  await assert.rejects(collect(lines), withCode('deadline_exceeded'));
});
