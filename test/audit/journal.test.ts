/** The journal gets every record by its fields, waits for nobody, and says what it did not get. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeEntry, openJournalCopy } from '../../src/audit/journal.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import { openNative } from '../../src/base/native.ts';
import { openDatagramReceiver } from '../base/datagram-receiver.ts';
import { stillClock } from '../still-clock.ts';
import { until } from '../until.ts';

const time = '2026-01-02T03:04:05.000Z';

/** A journal that takes what `takes` says, with what it took. */
function opened(takes: { now: 'sent' | 'full' | 'gone' } = { now: 'sent' }) {
  const taken: string[] = [];
  const troubles: string[] = [];
  const copy = openJournalCopy({
    send(datagram) {
      if (takes.now === 'sent') taken.push(Buffer.from(datagram).toString());
      return takes.now;
    },
    clock: stillClock(),
    onTrouble: (message) => troubles.push(message),
  });
  return {
    copy,
    taken,
    troubles,
    takes,
    messages: () => taken.map((one) => /^MESSAGE=(.*)$/m.exec(one)?.[1]),
  };
}

test('an entry has a sentence, a priority, and every field of the record by its own name', () => {
  const { copy, taken } = opened();
  const record: AuditRecord = {
    time,
    outcome: 'refused',
    correlationId: 'c-1',
    agent: 'claude',
    scopes: ['monitor', 'fs'],
    tool: 'read_file',
    arguments: { path: '/etc/shadow' },
    code: 'scope_missing',
    durationMs: 0.4,
    truncated: true,
  };
  copy.write(record, 300);
  copy.flush();
  assert.deepEqual(taken.join('').split('\n').slice(0, -1), [
    'MESSAGE=claude was refused read_file (scope_missing)',
    'MESSAGE_ID=713dfab4907a1ea8e7f1edf93b8eb70c',
    'PRIORITY=4',
    'SYSLOG_IDENTIFIER=systemmanager-mcp',
    `AUDIT_TIME=${time}`,
    'AUDIT_OUTCOME=refused',
    'AUDIT_CORRELATION_ID=c-1',
    'AUDIT_AGENT=claude',
    'AUDIT_SCOPES=monitor fs',
    'AUDIT_TOOL=read_file',
    'AUDIT_ARGUMENTS={"path":"/etc/shadow"}',
    'AUDIT_CODE=scope_missing',
    'AUDIT_DURATION_MS=0.4',
    'AUDIT_TRUNCATED=true',
  ]);
});

for (const [record, sentence, priority] of [
  [{ outcome: 'ok', agent: 'claude', tool: 'list_units' }, 'claude ran list_units', '6'],
  [{ outcome: 'intent', agent: 'claude', tool: 'manage_unit' }, 'claude is about to run manage_unit', '5'],
  [
    { outcome: 'failed', agent: 'claude', tool: 'list_units', code: 'internal' },
    'claude ran list_units, which failed (internal)',
    '3',
  ],
  [{ outcome: 'cancelled', agent: 'claude', tool: 'list_units' }, 'claude cancelled list_units', '6'],
  [
    { outcome: 'refused', source: '192.0.2.1', route: 'POST /mcp', code: 'token_missing' },
    '192.0.2.1 was refused POST /mcp (token_missing)',
    '4',
  ],
  [{ outcome: 'folded', source: '192.0.2.1', count: 9 }, '9 more refusals of 192.0.2.1 within a minute', '4'],
  [{ outcome: 'lost', count: 3 }, '3 audit records were lost', '3'],
] as const) {
  test(`the journal reads: ${sentence}`, () => {
    const { copy, taken } = opened();
    copy.write({ time, ...record }, 100);
    copy.flush();
    assert.match(taken.join(''), new RegExp(`^MESSAGE=${sentence.replace(/[().]/g, '\\$&')}\\n`));
    assert.match(taken.join(''), new RegExp(`^PRIORITY=${priority}$`, 'm'));
  });
}

test('the unit that a call is about stands where journald has it, for journalctl OBJECT_SYSTEMD_UNIT=', () => {
  const { copy, taken } = opened();
  copy.write({ time, outcome: 'ok', agent: 'claude', tool: 'get_unit', unit: 'nginx.service' }, 100);
  copy.flush();
  assert.match(taken.join(''), /^OBJECT_SYSTEMD_UNIT=nginx\.service$/m);
  assert.doesNotMatch(taken.join(''), /AUDIT_UNIT/);
});

test('a value with line breaks is framed by its length and begins no field of its own', () => {
  const entry = encodeEntry({ MESSAGE: 'a', AUDIT_MESSAGE: 'ü\nPRIORITY=0' });
  const framed = Buffer.concat([Buffer.from('AUDIT_MESSAGE\n'), Buffer.from([13, 0, 0, 0, 0, 0, 0, 0])]);
  assert.deepEqual(
    entry,
    Buffer.concat([Buffer.from('MESSAGE=a\n'), framed, Buffer.from('ü\nPRIORITY=0\n')]),
  );
});

test('records arrive at a real socket in their order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'socket');
  const receiver = openDatagramReceiver(path);
  const socket = (await openNative()).openDatagramSocket(path);
  const copy = openJournalCopy({ send: socket.send, clock: stillClock(), onTrouble: assert.fail });
  copy.write({ time, outcome: 'ok', agent: 'a', tool: 'one' }, 100);
  copy.write(
    { time, outcome: 'ok', agent: 'a', tool: 'two', arguments: { text: 'x'.repeat(300_000) } },
    300_000,
  );
  copy.close();
  const received = receiver.receiveAll().map((text) => /^MESSAGE=(.*)$/m.exec(text)?.[1]);
  assert.deepEqual(received, ['a ran one', 'a ran two']);
  socket.close();
  receiver.close();
});

test('nothing is sent while the record is written, and all of it soon afterwards', async () => {
  const { copy, taken } = opened();
  for (let n = 0; n < 120; n++) copy.write({ time, outcome: 'ok' }, 100);
  assert.equal(taken.length, 0);
  while (taken.length < 120) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(taken.length, 120);
});

for (const why of ['full', 'gone'] as const) {
  test(`while the journal is ${why} records wait in their order`, () => {
    const { copy, takes, messages, troubles } = opened({ now: why });
    copy.write({ time, outcome: 'ok', agent: 'a', tool: 'one' }, 100);
    copy.write({ time, outcome: 'ok', agent: 'a', tool: 'two' }, 100);
    copy.flush();
    assert.deepEqual(messages(), []);
    takes.now = 'sent';
    copy.flush();
    assert.deepEqual(messages(), ['a ran one', 'a ran two']);
    assert.deepEqual([copy.lost(), troubles], [0, []]);
  });
}

test('once the journal takes records again it gets what waited, without another call', async () => {
  const { copy, takes, taken } = opened({ now: 'full' });
  copy.write({ time, outcome: 'ok' }, 100);
  copy.flush();
  takes.now = 'sent';
  while (taken.length < 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(taken.length, 1);
});

test('beyond 10,000 records the loss is counted, told once, and said in the journal where it happened', () => {
  const { copy, takes, messages, troubles } = opened({ now: 'full' });
  for (let n = 0; n < 10_007; n++) copy.write({ time, outcome: 'ok', agent: 'a', tool: `t${n}` }, 100);
  copy.flush();
  assert.equal(copy.lost(), 7);
  assert.deepEqual(troubles, ['the journal is too far behind to take audit records']);
  takes.now = 'sent';
  copy.flush();
  copy.write({ time, outcome: 'ok', agent: 'a', tool: 'after' }, 100);
  copy.flush();
  assert.equal(messages().length, 10_002);
  assert.deepEqual(messages().slice(-3), ['a ran t9999', '7 audit records were lost', 'a ran after']);
});

test('a journal that lets ten records wait, as kernels may, is behind a burst by moments only', async () => {
  const taken: string[] = [];
  let room = 10;
  // journald reads while the daemon waits.
  const reading = setInterval(() => {
    room = 10;
  }, 1);
  const copy = openJournalCopy({
    send(datagram) {
      if (room === 0) return 'full';
      room -= 1;
      taken.push(String(datagram));
      return 'sent';
    },
    clock: stillClock(),
    onTrouble: assert.fail,
  });
  for (let n = 0; n < 2000; n++) copy.write({ time, outcome: 'ok' }, 100);
  // At ten every fifth of a second this would take 40 seconds.
  await until('all are taken', () => taken.length === 2000);
  clearInterval(reading);
  assert.equal(copy.lost(), 0);
});

test('beyond 8 MiB too', () => {
  const { copy } = opened({ now: 'full' });
  for (let n = 0; n < 600; n++) copy.write({ time, outcome: 'ok' }, 16 * 1024);
  assert.equal(copy.lost(), 88);
});

test('the end does not wait for a journal that takes nothing, and says what is missing there', () => {
  const { copy, taken, troubles } = opened({ now: 'full' });
  copy.write({ time, outcome: 'ok' }, 100);
  copy.close();
  assert.deepEqual([taken, copy.lost()], [[], 1]);
  assert.deepEqual(troubles, ['the journal did not take the last 1 audit records']);
});
