import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestRawLine, openLogLines } from '../../../src/host/docker/log-frames.ts';
import { openKeyLines } from '../../../src/host/docker/log-keys.ts';
import {
  cursorOf,
  isoOfTime,
  openPositions,
  positionOf,
  timeOfMs,
  timeOfStamp,
} from '../../../src/host/docker/log-position.ts';

const stamp = '2026-01-02T03:04:05.123456789Z';

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** All lines, however the bytes are cut into parts. */
function linesOf(bytes: Buffer, tty: boolean, partBytes: number) {
  const parser = openLogLines(tty);
  const lines = [];
  for (let at = 0; at < bytes.length; at += partBytes)
    lines.push(...parser.push(bytes.subarray(at, at + partBytes)));
  return [...lines, ...parser.end()];
}

test('frames come apart into lines of both streams, wherever the parts of the answer end', () => {
  const bytes = Buffer.concat([
    frame(1, `${stamp} héllo\n`),
    frame(2, `${stamp} bad\n`),
    frame(1, `${stamp} \n`),
    frame(1, `${stamp} no end`),
  ]);
  for (const partBytes of [1, 2, 3, 7, 8, 9, 31, 1000]) {
    assert.deepEqual(linesOf(bytes, false, partBytes), [
      { stamp, stream: 'stdout', text: 'héllo', cut: false },
      { stamp, stream: 'stderr', text: 'bad', cut: false },
      { stamp, stream: 'stdout', text: '', cut: false },
      { stamp, stream: 'stdout', text: 'no end', cut: false },
    ]);
  }
});

test('a long line that the engine cut into parts is one line, with the time of its first part', () => {
  const later = '2026-01-02T03:04:06.000000001Z';
  const bytes = Buffer.concat([
    frame(1, `${stamp} one `),
    frame(2, `${stamp} between\n`),
    frame(1, `${later} two\n`),
  ]);
  assert.deepEqual(linesOf(bytes, false, 5), [
    { stamp, stream: 'stderr', text: 'between', cut: false },
    { stamp, stream: 'stdout', text: 'one two', cut: false },
  ]);
});

test('with a terminal there are no frames, and lines end in CR LF', () => {
  const bytes = Buffer.from(`${stamp} a\r\n${stamp} b c\r\n`);
  for (const partBytes of [1, 5, 100]) {
    assert.deepEqual(linesOf(bytes, true, partBytes), [
      { stamp, stream: 'stdout', text: 'a', cut: false },
      { stamp, stream: 'stdout', text: 'b c', cut: false },
    ]);
  }
});

test('of a line without an end no more is kept than is shown', () => {
  const [line] = linesOf(frame(1, `${stamp} ${'x'.repeat(3 * longestRawLine)}\n`), false, 4096);
  assert.equal(line?.text.length, longestRawLine);
  assert.equal(line?.cut, true);
});

test('what is no log at all yields something or nothing, and no error', () => {
  for (const tty of [true, false])
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100, 0xff), Buffer.from('no frames here\n\n\n')])
      assert.ok(linesOf(bytes, tty, 3).length <= 3);
});

test('a time is kept to the nanosecond', () => {
  assert.equal(timeOfStamp(stamp), '1767323045.123456789');
  assert.equal(timeOfStamp('2026-01-02T04:04:05.5+01:00'), '1767323045.500000000');
  assert.equal(timeOfStamp('2026-01-02T03:04:05Z'), '1767323045.000000000');
  for (const none of ['', 'yesterday', '2026-13-40T99:99:99Z', `${stamp}x`])
    assert.equal(timeOfStamp(none), undefined);
  assert.equal(timeOfMs(1_767_323_045_007), '1767323045.007000000');
  assert.equal(isoOfTime('1767323045.123456789'), '2026-01-02T03:04:05.123Z');
});

test('lines of the same time have places of their own, which a cursor carries', () => {
  const place = openPositions();
  const places = ['1.000000000', '1.000000000', '2.000000000'].map(place);
  assert.deepEqual(places.map(cursorOf), ['1.000000000-0', '1.000000000-1', '2.000000000-0']);
  assert.deepEqual(positionOf('1.000000000-1'), { time: '1.000000000', nth: 1 });
  for (const none of ['', '1', '1.5-0', 'x', '1.000000000-', ' 1.000000000-1'])
    assert.throws(() => positionOf(none), { code: 'arguments_invalid' });
});

test('the lines of a private key are known up to its end, or up to what can be no part of it', () => {
  const isKey = openKeyLines();
  const lines = [
    'before',
    '-----BEGIN RSA PRIVATE KEY-----',
    'MIIEow==',
    '-----END RSA PRIVATE KEY-----',
    'after',
  ];
  assert.deepEqual(lines.map(isKey), [false, false, true, true, false]);
  const cut = ['-----BEGIN PRIVATE KEY-----', 'MIIEow', 'listening on [::]:80', 'MIIEow'];
  assert.deepEqual(cut.map(openKeyLines()), [false, true, false, false]);
});
