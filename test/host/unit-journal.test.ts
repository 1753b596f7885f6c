/** The last lines of one run of a unit. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import type { ProgramResult, Programs } from '../../src/base/run-program.ts';
import { parseUnitLines, readUnitLines } from '../../src/host/unit-journal.ts';

const invocation = '471eae66e8c148e0bafca30e2bbcc8c6';

const answering = (answer: () => ProgramResult): Programs => ({
  run: async () => answer(),
  stream: () => assert.fail('nothing is streamed'),
});

const saying = (stdout: string, stderr = '', exitCode = 0) =>
  answering(() => ({ stdout, stderr, exitCode, cut: false }));

test('a line of journalctl is read, newest first', () => {
  assert.deepEqual(
    parseUnitLines(
      '{"PRIORITY":"6","MESSAGE":"first","__SEQNUM":"86","__CURSOR":"s=0;i=56","SYSLOG_IDENTIFIER":"sh","__REALTIME_TIMESTAMP":"1795579919062244"}\n' +
        '{"MESSAGE":"second","__CURSOR":"s=0;i=57","__REALTIME_TIMESTAMP":"1795579919295961"}\n',
    ),
    {
      lines: [
        { at: '2026-11-25T04:11:59.295Z', message: 'second' },
        { at: '2026-11-25T04:11:59.062Z', priority: 'info', identifier: 'sh', message: 'first' },
      ],
      redacted: 0,
    },
  );
});

const messageOf = (message: unknown) =>
  parseUnitLines(JSON.stringify({ MESSAGE: message, __CURSOR: 's=0', __REALTIME_TIMESTAMP: '1' }));

test('bytes, the first of several messages and a message that is too long are told', () => {
  assert.equal(messageOf([27, 91, 51, 49, 109, 114, 101, 100]).lines[0]?.message, 'red');
  assert.equal(messageOf(['one', 'two']).lines[0]?.message, 'one');
  assert.equal(messageOf(null).lines[0]?.message, '(a message of more than 4 KiB)');
});

test('secrets are replaced and counted, and long messages cut', () => {
  const { lines, redacted } = messageOf(`password=hunter2 ${'x'.repeat(1000)}`);
  assert.match(lines[0]?.message ?? '', /^password=‹secret:[0-9a-f]{4}› x+…$/);
  assert.equal(lines[0]?.message.length, 400);
  assert.equal(redacted, 1);
});

test('what is no line of the journal is left out', () => {
  assert.deepEqual(parseUnitLines('-- No entries --\n{"MESSAGE":"x"}\n{"cut of\n'), {
    lines: [],
    redacted: 0,
  });
});

test('a journal that may not be read names the group that shows it', async () => {
  for (const [stderr, exitCode] of [
    ['No journal files were opened due to insufficient permissions.\n', 1],
    ['Hint: You are currently not seeing messages from other users and the system.\n', 0],
  ] as const) {
    assert.deepEqual(await readUnitLines(saying('', stderr, exitCode), invocation, 5), {
      reason: "the daemon's user may not read the journal; the group systemd-journal shows it",
    });
  }
});

test('a run without lines has none, and a machine without a journal says so', async () => {
  assert.deepEqual(await readUnitLines(saying(''), invocation, 5), { value: { lines: [], redacted: 0 } });
  assert.deepEqual(await readUnitLines(saying('', 'No journal files were found.\n'), invocation, 5), {
    reason: 'this machine keeps no journal files',
  });
});

test('a journal that does not answer is a reason, a call that was given up is a problem', async () => {
  const failing = (problem: Problem) =>
    readUnitLines(
      answering(() => {
        throw problem;
      }),
      invocation,
      5,
    );
  assert.deepEqual(
    await failing(new Problem('deadline_exceeded', { detail: 'journalctl did not answer in time.' })),
    { reason: 'journalctl did not answer in time.' },
  );
  await assert.rejects(failing(new Problem('cancelled')), { code: 'cancelled' });
});
