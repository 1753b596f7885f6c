import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type FillTrend, openFillTrend, trendOf } from '../../src/host/fill-trend.ts';
import type { Mount } from '../../src/host/mount-table.ts';
import type { MountStatus } from '../../src/host/mounts.ts';
import { has } from '../../src/host/reading.ts';
import type { Space } from '../../src/host/space.ts';
import { stillClock } from '../still-clock.ts';

const hourMs = 3_600_000;
const mount: Mount = {
  ...{ id: 1, deviceNumber: '8:1', rootPath: '/', mountPoint: '/srv', fsType: 'ext4' },
  ...{ device: '/dev/sda1', readOnly: false },
};
const space = (usedBytes: number): Space => ({
  totalBytes: 10_000,
  usedBytes,
  availableBytes: 10_000 - usedBytes,
});
const row = (usedBytes: number): MountStatus => ({
  mount,
  state: 'ok',
  space: space(usedBytes),
  askedAtMs: 0,
});
const hung: MountStatus = { mount, state: 'hung', askedAtMs: 0 };

function opened(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'trend-'));
  const troubles: string[] = [];
  const clock = stillClock();
  const open = (): FillTrend =>
    openFillTrend({ folder, record: true, clock, onTrouble: (message) => troubles.push(message) });
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, file: join(folder, 'space.json'), troubles, clock, open };
}

const line = (hours: number, perHour: number, start = 1000) =>
  Array.from({ length: hours + 1 }, (_, hour) => [hour, start + hour * perHour] as const);

test('a file system that fills evenly has its growth and the days that are left', () => {
  assert.deepEqual(trendOf(line(48, 10), 4800), {
    value: { bytesPerDay: 240, windowHours: 48, daysUntilFull: 20 },
  });
});

test('one that shrinks or stands still is never full', () => {
  assert.deepEqual(trendOf(line(48, -5), 4800), { value: { bytesPerDay: -120, windowHours: 48 } });
  assert.deepEqual(trendOf(line(48, 0), 4800), { value: { bytesPerDay: 0, windowHours: 48 } });
});

test('a day that is more than ten years away is not told', () => {
  assert.deepEqual(trendOf(line(48, 1), 24 * 3651), { value: { bytesPerDay: 24, windowHours: 48 } });
});

test('files that are made and deleted again do not hide the growth beneath', () => {
  const sawtooth = line(168, 10).map(([hour, used]) => [hour, used + (hour % 24) * 30] as const);
  const { value } = trendOf(sawtooth, 10_000) as { value: { bytesPerDay: number } };
  assert.ok(value.bytesPerDay > 200 && value.bytesPerDay < 280, `${value.bytesPerDay}`);
});

test('less than a day, or too few figures of it, is no trend', () => {
  for (const points of [[], line(23, 10), line(48, 10).filter(([hour]) => hour % 6 === 0)]) {
    assert.deepEqual(trendOf(points, 100), {
      reason: 'a trend takes a day of records; the daemon keeps a figure an hour',
    });
  }
});

test('a figure an hour is kept over a restart, for a week', (t) => {
  const { clock, open, file } = opened(t);
  let trend = open();
  for (let hour = 0; hour < 200; hour++) {
    if (hour === 100) {
      trend.close();
      trend = open();
    }
    // Several rounds an hour: the last one counts.
    trend.note([row(1)]);
    trend.note([row(2000 + hour * 10)]);
    clock.forward(hourMs);
  }
  trend.close();
  assert.deepEqual(open().of(mount, space(4000)), {
    value: { bytesPerDay: 240, windowHours: 167, daysUntilFull: 25 },
  });
  assert.equal(statSync(file).mode & 0o777, 0o640);
});

test('one that does not answer for some hours keeps what was known', (t) => {
  const { clock, open } = opened(t);
  const trend = open();
  for (let hour = 0; hour < 60; hour++) {
    trend.note([hour >= 20 && hour < 30 ? hung : row(1000 + hour * 10)]);
    clock.forward(hourMs);
  }
  const reading = trend.of(mount, space(1600));
  assert.ok(has(reading) && reading.value.bytesPerDay === 240, JSON.stringify(reading));
});

test('what is mounted there later begins anew', (t) => {
  const { clock, open } = opened(t);
  const trend = open();
  for (let hour = 0; hour < 48; hour++) {
    trend.note([row(1000 + hour * 10)]);
    clock.forward(hourMs);
  }
  assert.ok(!has(trend.of({ ...mount, device: '/dev/sdb1' }, space(0))));
});

test('a clock that goes back leaves no figures of the future', (t) => {
  const { clock, open, file } = opened(t);
  const trend = open();
  for (let hour = 0; hour < 10; hour++) {
    trend.note([row(1000)]);
    clock.forward(hourMs);
  }
  clock.forward(-8 * hourMs);
  trend.note([row(2000)]);
  trend.close();
  const [points] = Object.values<unknown[][]>(JSON.parse(readFileSync(file, 'utf8')).mounts);
  assert.equal(points?.length, 3);
  assert.equal(points?.at(-1)?.[1], 2000);
});

for (const [what, content] of [
  ['cut short', '{"version":1,"mounts":{"/dev/sda1 /srv":[[1,'],
  ['of another version', '{"version":2,"mounts":{}}'],
  ['of another program', '[]'],
] as const) {
  test(`a file that is ${what} is said once and written anew`, (t) => {
    const { clock, open, file, troubles } = opened(t);
    writeFileSync(file, content);
    const trend = open();
    assert.deepEqual(troubles, ['what was known of how file systems fill is lost']);
    clock.forward(hourMs);
    trend.note([row(1)]);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).version, 1);
  });
}

test('points of another form are left out', (t) => {
  const { open, file } = opened(t);
  writeFileSync(file, '{"version":1,"mounts":{"/dev/sda1 /srv":[[1,-2],["x",1],[3],null,[1.5,2]],"b":7}}');
  assert.ok(!has(open().of(mount, space(1))));
});

test('a process that does not record reads what another one wrote, and writes nothing', (t) => {
  const { clock, open, file, folder } = opened(t);
  const trend = open();
  for (let hour = 0; hour < 48; hour++) {
    trend.note([row(1000 + hour * 10)]);
    clock.forward(hourMs);
  }
  trend.close();
  const before = readFileSync(file, 'utf8');
  const reader = openFillTrend({ folder, record: false, clock, onTrouble: assert.fail });
  reader.note([row(1)]);
  assert.ok(has(reader.of(mount, space(4000))));
  reader.close();
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('where nothing is kept the reason says so', () => {
  const trend = openFillTrend({ folder: undefined, record: false, clock: stillClock(), onTrouble: () => {} });
  trend.note([row(1)]);
  assert.deepEqual(trend.of(mount, space(1)), {
    reason: 'it is switched off by history.enabled',
  });
});
