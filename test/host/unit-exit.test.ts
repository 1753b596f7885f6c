/** What the end of a process means. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitOf, resultMeaning } from '../../src/host/unit-exit.ts';

test("systemd's own exit codes have their names", () => {
  assert.deepEqual(exitOf(1, 217), {
    how: 'exited',
    status: 217,
    meaning: 'USER: the user does not exist or could not be taken on',
  });
  assert.match(exitOf(1, 203)?.meaning ?? '', /^EXEC: the program could not be executed/);
  assert.match(exitOf(1, 226)?.meaning ?? '', /^NAMESPACE: /);
});

test('customary exit codes are said as customs, others are the program’s', () => {
  assert.equal(exitOf(1, 0)?.meaning, 'success');
  assert.equal(exitOf(1, 1)?.meaning, 'a general failure');
  assert.equal(exitOf(1, 127)?.meaning, 'by the custom of shells, a command that was not found');
  assert.equal(exitOf(1, 137)?.meaning, 'by the custom of shells, a command ended by SIGKILL');
  assert.equal(exitOf(1, 42)?.meaning, "the program's own code");
});

test('a signal has its name, with and without a core dump', () => {
  assert.deepEqual(exitOf(2, 15), { how: 'killed', exitSignal: 'SIGTERM', meaning: 'asked to stop' });
  assert.deepEqual(exitOf(3, 11), {
    how: 'dumped',
    exitSignal: 'SIGSEGV',
    meaning: 'invalid memory access, a crash',
  });
  assert.equal(exitOf(3, 6)?.exitSignal, 'SIGABRT');
  assert.deepEqual(exitOf(2, 40), { how: 'killed', exitSignal: 'signal 40', meaning: 'ended by signal 40' });
});

test('what has not ended has no exit', () => {
  assert.equal(exitOf(0, 0), undefined);
});

test('results are told in words, success and unknown ones are not', () => {
  assert.equal(resultMeaning('oom-kill'), 'the kernel or systemd-oomd killed a process for want of memory');
  assert.equal(resultMeaning('start-limit-hit'), 'it was started too often in too short a time');
  assert.equal(resultMeaning('success'), undefined);
  assert.equal(resultMeaning('toString'), undefined);
});
