import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJournalEntry } from '../../src/host/journal-entry.ts';

const line = (fields: Record<string, unknown>): string =>
  JSON.stringify({ __CURSOR: 's=a;i=1', __REALTIME_TIMESTAMP: '1767323045123456', ...fields });

const message = (value: unknown) => parseJournalEntry(line({ MESSAGE: value }));

test('an entry has its place, its time and who wrote it', () => {
  const text =
    '{"__CURSOR":"s=739a;i=4a;b=2f;m=5;t=647;x=91","__REALTIME_TIMESTAMP":"1767323045123456","__MONOTONIC_TIMESTAMP":"77","_BOOT_ID":"2f","PRIORITY":"3","SYSLOG_IDENTIFIER":"nginx","_SYSTEMD_UNIT":"nginx.service","_PID":"812","_UID":"33","MESSAGE":"bind() failed"}';
  assert.deepEqual(parseJournalEntry(text), {
    cursor: 's=739a;i=4a;b=2f;m=5;t=647;x=91',
    realtimeUs: 1_767_323_045_123_456,
    at: '2026-01-02T03:04:05.123Z',
    message: 'bind() failed',
    unit: 'nginx.service',
    identifier: 'nginx',
    priority: 'err',
    pid: 812,
    uid: 33,
  });
});

test('a message of several lines keeps them', () => {
  assert.equal(message('one\ntwo')?.message, 'one\ntwo');
});

test('bytes that are text are the text', () => {
  const entry = message([27, 91, 49, 109, 104, 105]);
  assert.equal(entry?.message, '\u001b[1mhi');
  assert.equal(entry?.binaryBytes, undefined);
});

test('bytes that are no text are counted', () => {
  const entry = message([104, 105, 255, 254]);
  assert.equal(entry?.message, 'hi\ufffd\ufffd');
  assert.equal(entry?.binaryBytes, 4);
});

test('a message that is null or missing is absent', () => {
  assert.equal('message' in (message(null) ?? {}), false);
  assert.equal('message' in (parseJournalEntry(line({})) ?? {}), false);
});

test('of several values the first that is there counts', () => {
  assert.equal(message([null, 'first', 'second'])?.message, 'first');
  assert.equal(message([[104, 105], 'second'])?.message, 'hi');
});

test('the unit that systemd talks about and the command stand in for what is missing', () => {
  const entry = parseJournalEntry(line({ UNIT: 'a.service', _COMM: 'cat' }));
  assert.deepEqual([entry?.unit, entry?.identifier], ['a.service', 'cat']);
});

test('the container of an entry is read', () => {
  const entry = parseJournalEntry(line({ CONTAINER_ID: '0123456789ab', CONTAINER_NAME: 'web' }));
  assert.deepEqual([entry?.containerId, entry?.containerName], ['0123456789ab', 'web']);
});

for (const text of [
  '',
  '-- No entries --',
  '{"__CURSOR":"s=a","MESS',
  '{}',
  '[1]',
  '{"__CURSOR":"s=a","__REALTIME_TIMESTAMP":"x"}',
]) {
  test(`${text || 'nothing'} is no entry`, () => {
    assert.equal(parseJournalEntry(text), undefined);
  });
}

test('a priority that syslog does not have is absent', () => {
  assert.equal('priority' in (parseJournalEntry(line({ PRIORITY: '9' })) ?? {}), false);
});
