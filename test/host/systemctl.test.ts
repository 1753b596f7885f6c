/** What systemctl prints, and what its failures mean. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Programs } from '../../src/base/run-program.ts';
import { parseProperties, parseRows, parseTimestamp, refusal, systemctl } from '../../src/host/systemctl.ts';

test('properties without a value are left out, and a value may hold an equals sign', () => {
  const text = 'Id=web.service\nStatusText=a=b\nControlGroup=\nMemoryCurrent=[not set]\nMainPID=60\n';
  assert.deepEqual(
    [...parseProperties(text)],
    [
      ['Id', 'web.service'],
      ['StatusText', 'a=b'],
      ['MainPID', '60'],
    ],
  );
});

test('a time is seconds since the epoch, and zero is never', () => {
  assert.equal(parseTimestamp('@1795579918'), 1_795_579_918_000);
  assert.equal(parseTimestamp('@0'), undefined);
  assert.equal(parseTimestamp(''), undefined);
  assert.equal(parseTimestamp(undefined), undefined);
});

test('no output is an empty list, and a table is no list', () => {
  assert.deepEqual(parseRows(''), []);
  assert.deepEqual(parseRows('[]\n'), []);
  assert.throws(() => parseRows('UNIT LOAD ACTIVE\n'), { code: 'unavailable' });
});

test('a machine without systemd says so', () => {
  const problem = refusal(
    "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
  );
  assert.equal(problem.code, 'unavailable');
  assert.equal(
    problem.detail,
    'systemd is not the init system (PID 1) of this machine, so there are no units.',
  );
});

test('a bus that is not there, one that refuses and any other failure are told apart', () => {
  assert.equal(
    refusal('Failed to connect to bus: No such file or directory\n').detail,
    'systemd cannot be reached: Failed to connect to bus: No such file or directory',
  );
  assert.equal(refusal('Failed to list units: Access denied\n').code, 'permission_denied');
  assert.equal(refusal('').detail, 'systemctl failed: it gave no reason');
});

test('what systemctl complains about carries no secret', () => {
  assert.match(
    refusal('Bad setting password=hunter2\n').detail,
    /^systemctl failed: Bad setting password=‹secret:/,
  );
});

test('a failed systemctl is a problem, a good one its output, and it never pages', async () => {
  const asked: (readonly string[])[] = [];
  const saying = (stdout: string, exitCode: number, cut = false): Programs => ({
    run: async ({ args }) => {
      asked.push(args);
      return { stdout, stderr: 'no', exitCode, cut };
    },
    stream: () => assert.fail('nothing is streamed'),
  });
  assert.equal(await systemctl(saying('yes', 0), ['show', '--', 'a.service']), 'yes');
  assert.deepEqual(asked, [['show', '--no-pager', '--', 'a.service']]);
  await assert.rejects(systemctl(saying('', 1), ['show']), { code: 'unavailable' });
  await assert.rejects(systemctl(saying('[{', 0, true), ['show']), { code: 'unavailable' });
});
