import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { queryHistory } from '../../src/host/recorder-query.ts';
import { seriesNames } from '../../src/host/recorder-series.ts';
import { hourMs, midnight, minuteMs, openRecorded, secondMs, smallHistory } from './recorded.ts';

function opened(t: TestContext, startMs?: number) {
  const recorded = openRecorded(startMs);
  t.after(() => recorded.close());
  return recorded;
}

const samplesFile = (folder: string) => join(folder, 'samples.ring');
const rowBytes = (seriesNames.length + 3) * 4;

/** Overwrites bytes of a file. */
function poke(file: string, position: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, position);
  closeSync(fd);
}

const placeOf = (atMs: number) => 4096 + (Math.floor(atMs / 10_000) % 720) * rowBytes;

test('each row comes back at its time', (t) => {
  const recorded = opened(t);
  for (const value of [1, 2, 3]) recorded.row(value);
  assert.deepEqual(recorded.means(midnight, midnight + 30 * secondMs, 3), [1, 2, 3]);
});

test('a second row in the same ten seconds takes the place of the first', (t) => {
  const recorded = opened(t);
  recorded.row(1);
  recorded.clock.forward(-5 * secondMs);
  recorded.row(7);
  assert.deepEqual(recorded.means(midnight, midnight + 10 * secondMs, 1), [7]);
});

test('the files have their whole size, in blocks and not in holes, before the first row', (t) => {
  const { folder } = opened(t);
  for (const [name, bytes] of [
    ['samples.ring', 4096 + 720 * 96],
    ['minutes.ring', 4096 + 1440 * 264],
    ['quarters.ring', 4096 + 960 * 264],
  ] as const) {
    const { size, blocks } = statSync(join(folder, name));
    assert.equal(size, bytes, name);
    assert.ok(blocks * 512 >= bytes, `${name} has ${blocks} blocks`);
  }
});

test('nobody but the owner and the group may read the files', (t) => {
  const { folder } = opened(t);
  assert.equal(statSync(samplesFile(folder)).mode & 0o037, 0);
});

test('a minute keeps the least, the mean and the most of its six samples', (t) => {
  const recorded = opened(t);
  for (const value of [4, 9, 2, 7, 7, 1, 0]) recorded.row(value);
  const { rowSeconds, buckets } = queryHistory({
    ...{ folder: recorded.folder, settings: smallHistory, series: [0], mostBuckets: 1 },
    ...{ sinceMs: midnight, untilMs: midnight + minuteMs, nowMs: recorded.clock.now() },
  });
  assert.equal(rowSeconds, 60);
  assert.deepEqual(buckets, [{ samples: 6, values: [{ min: 1, mean: 5, max: 9 }] }]);
});

test('a quarter of an hour is the mean of all its samples, however many each minute had', (t) => {
  const recorded = opened(t);
  recorded.row(0);
  recorded.clock.forward(50 * secondMs);
  for (let row = 0; row < 3; row++) recorded.row(8);
  recorded.clock.forward(15 * minuteMs);
  recorded.row(1);
  assert.deepEqual(recorded.means(midnight, midnight + 15 * minuteMs, 1), [6]);
});

test('the minute and the quarter that are not over yet are answered too', (t) => {
  const recorded = opened(t);
  for (const value of [2, 4]) recorded.row(value);
  assert.deepEqual(recorded.means(midnight, midnight + minuteMs, 1), [3]);
  assert.deepEqual(recorded.means(midnight, midnight + 15 * minuteMs, 1), [3]);
});

test('what was not recorded is a gap', (t) => {
  const recorded = opened(t);
  recorded.row(1);
  recorded.clock.forward(20 * secondMs);
  recorded.row(4);
  assert.deepEqual(recorded.means(midnight, midnight + 40 * secondMs, 4), [1, undefined, undefined, 4]);
});

test('the oldest rows make room for the newest, and what is older comes from the coarser files', (t) => {
  const recorded = opened(t);
  // Three hours, where two are kept.
  for (let row = 0; row < 1080; row++) recorded.row(Math.floor(row / 360));
  const now = recorded.clock.now();
  assert.deepEqual(recorded.means(now - 30 * secondMs, now, 3), [2, 2, 2]);
  const oldest = queryHistory({
    ...{ folder: recorded.folder, settings: smallHistory, series: [0], mostBuckets: 3, nowMs: now },
    ...{ sinceMs: midnight, untilMs: midnight + 30 * secondMs },
  });
  assert.equal(oldest.rowSeconds, 60);
  assert.deepEqual(recorded.means(midnight, now, 3), [0, 1, 2]);
});

test('a row of an older round in the same place is no row', (t) => {
  const recorded = opened(t);
  recorded.row(5);
  recorded.clock.forward(2 * hourMs - 10 * secondMs);
  const now = recorded.clock.now();
  recorded.clock.forward(20 * secondMs);
  assert.deepEqual(recorded.means(now, now + 20 * secondMs, 2), [undefined, undefined]);
});

test('a clock that jumps forward leaves a gap and goes on', (t) => {
  const recorded = opened(t);
  recorded.row(1);
  recorded.clock.forward(90 * minuteMs);
  recorded.row(2);
  const since = midnight;
  const until = midnight + 105 * minuteMs;
  const means = recorded.means(since, until, 7);
  assert.deepEqual(means, [1, undefined, undefined, undefined, undefined, undefined, 2]);
});

test('a clock that jumps back writes over what it lives through again, and shows nothing of the future', (t) => {
  const recorded = opened(t);
  for (const value of [1, 2, 3, 4]) recorded.row(value);
  recorded.clock.forward(-30 * secondMs);
  recorded.row(9);
  assert.deepEqual(recorded.means(midnight, midnight + minuteMs, 6), [1, 9]);
  // A minute that began before: of its samples those up to now count, the one that begins now among them.
  assert.deepEqual(recorded.means(midnight, midnight + minuteMs, 1), [(1 + 9 + 3) / 3]);
  for (let row = 0; row < 4; row++) recorded.row(9);
  assert.deepEqual(recorded.means(midnight, midnight + minuteMs, 1), [(1 + 9 * 5) / 6]);
});

test('a restart in the middle of a minute and of a quarter loses nothing of them', (t) => {
  const recorded = opened(t);
  for (const value of [1, 2, 3]) recorded.row(value);
  recorded.reopen();
  for (let row = 0; row < 90; row++) recorded.row(4);
  assert.deepEqual(recorded.means(midnight, midnight + minuteMs, 1), [3]);
  const quarter = recorded.means(midnight, midnight + 15 * minuteMs, 1);
  assert.deepEqual(quarter, [Math.fround((1 + 2 + 3 + 87 * 4) / 90)]);
});

test('a quarter that was over while nobody recorded is made up from its samples', (t) => {
  const recorded = opened(t);
  for (const value of [1, 3]) recorded.row(value);
  recorded.clock.forward(90 * minuteMs);
  recorded.reopen();
  assert.deepEqual(recorded.means(midnight, midnight + 15 * minuteMs, 1), [2]);
});

test('a torn row is one gap, and the rows beside it stand', (t) => {
  const recorded = opened(t);
  for (const value of [1, 2, 3]) recorded.row(value);
  const at = placeOf(midnight + 10 * secondMs);
  poke(samplesFile(recorded.folder), at + rowBytes / 2, new Uint8Array(rowBytes / 2));
  recorded.reopen();
  assert.deepEqual(recorded.means(midnight, midnight + 30 * secondMs, 3), [1, undefined, 3]);
  assert.deepEqual(recorded.troubles, []);
});

test('one flipped bit is found', (t) => {
  const recorded = opened(t);
  for (const value of [1, 2]) recorded.row(value);
  const at = placeOf(midnight) + 8;
  const byte = readFileSync(samplesFile(recorded.folder))[at] ?? 0;
  poke(samplesFile(recorded.folder), at, Uint8Array.of(byte ^ 1));
  assert.deepEqual(recorded.means(midnight, midnight + 20 * secondMs, 2), [undefined, 2]);
});

test('a disk that takes no more is told of once, and the recorder goes on', (t) => {
  const recorded = opened(t);
  recorded.recorder.close();
  recorded.recorder.record();
  recorded.recorder.record();
  assert.deepEqual(
    recorded.troubles.map(({ message }) => message),
    ['the history cannot be written'],
  );
  recorded.recorder = { record() {}, close() {} };
});
