import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { HistoryOptions } from '../../src/host/history.ts';
import { openHost } from '../../src/host/host.ts';
import { getMetricsHistory } from '../../src/tools/read/metrics-history.ts';
import { copyMachine, type FrozenHost, openFrozenHost } from '../host/frozen-host.ts';
import { smallHistory } from '../host/recorded.ts';
import { stillClock } from '../still-clock.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

// The frozen host's clock stands at 2026-01-02T03:04:06Z, and the day before is recorded.
const ask = (args: Record<string, unknown>) =>
  answerOf(getMetricsHistory, frozen.host, args, ['monitor'], Date.UTC(2026, 0, 2, 3, 4, 6));

test('several metrics come with their units, in the order asked for', async () => {
  const { series } = await ask({ metrics: ['load_1m', 'swap_used_bytes'], since: '1h', buckets: 4 });
  assert.deepEqual(
    series.map(({ metric, unit }: { metric: string; unit: string }) => [metric, unit]),
    [
      ['load_1m', 'tasks'],
      ['swap_used_bytes', 'bytes'],
    ],
  );
});

test('a time that was not recorded is a gap, and no value stands in it', async () => {
  const answer = await ask({ metrics: ['load_1m'], since: '1d', buckets: 24 });
  assert.equal(answer.bucketSeconds, 3600);
  // Recorded until 08:04 and again from 11:04 on.
  assert.deepEqual(answer.gaps, [{ from: '2026-01-01T08:15:00.000Z', until: '2026-01-01T10:15:00.000Z' }]);
  const [before, after] = answer.series[0].runs;
  assert.equal(before.mean.length, 5);
  assert.equal(after.from, '2026-01-01T10:15:00.000Z');
  assert.equal(after.mean.length, 17);
});

test('a metric that was never recorded in that time is named', async () => {
  const answer = await ask({ metrics: ['load_1m'], since: '5d', until: '4d' });
  assert.deepEqual(answer.unavailable, [{ metric: 'load_1m', reason: 'nothing was recorded of it' }]);
  assert.deepEqual(answer.series, []);
});

test('a bucket that is one sample has no least and most of its own', async () => {
  const answer = await ask({ metrics: ['load_1m'], since: '10m', buckets: 60 });
  assert.equal(answer.rowSeconds, 10);
  for (const run of answer.series[0].runs) assert.deepEqual(Object.keys(run), ['from', 'mean']);
});

test('there are never more buckets than were asked for, whatever the window', async () => {
  for (const since of ['90s', '1h', '5h', '1d', '3d', '10d', '400d']) {
    for (const buckets of [1, 7, 60, 500]) {
      const { from, until, bucketSeconds } = await ask({ metrics: ['load_1m'], since, buckets });
      const count = (Date.parse(until) - Date.parse(from)) / 1000 / bucketSeconds;
      assert.ok(count >= 1 && count <= buckets, `${since}: ${count} of ${buckets}`);
    }
  }
});

test('an unknown metric is refused with the nearest and all there are', async () => {
  await assert.rejects(ask({ metrics: ['cpu_use_percent'] }), (problem: { code: string; hint: string }) => {
    assert.equal(problem.code, 'not_found');
    assert.match(
      problem.hint,
      /^Did you mean 'cpu_used_percent'\? There are cpu_used_percent, .*, processes\.$/,
    );
    return true;
  });
});

for (const args of [
  { since: 'yesterday' },
  { since: '2026-13-01' },
  { since: '2026-01-02T03:00:00' },
  { since: '1h', until: '2h' },
  { since: '2027-01-01T00:00:00Z' },
  { until: '1900-01-01' },
]) {
  test(`${JSON.stringify(args)} is refused`, async () => {
    await assert.rejects(ask({ metrics: ['load_1m'], ...args }), { code: 'arguments_invalid' });
  });
}

test('times may be given as ISO 8601', async () => {
  const answer = await ask({
    metrics: ['load_1m'],
    since: '2026-01-02T00:00:00Z',
    until: '2026-01-02T04:00:00+02:00',
    buckets: 2,
  });
  assert.equal(answer.from, '2026-01-02T00:00:00.000Z');
  assert.equal(answer.until, '2026-01-02T02:00:00.000Z');
});

async function openWith(t: TestContext, history: HistoryOptions | undefined) {
  const { machine, remove } = copyMachine('debian-vm');
  const troubles: string[] = [];
  const host = await openHost({
    ...{ machine, clock: stillClock(), history },
    onTrouble: (message) => troubles.push(message),
  });
  t.after(() => {
    host.close();
    remove();
  });
  return { host, troubles };
}

test('where nothing is recorded the answer says why and who would', async (t) => {
  const { host } = await openWith(t, { folder: '/nowhere/history', record: false, settings: smallHistory });
  await assert.rejects(answerOf(getMetricsHistory, host, { metrics: ['load_1m'] }, ['monitor'], 1e12), {
    code: 'unavailable',
    detail: 'There is no history of this machine to be read: nothing has been recorded yet.',
  });
});

test('switched off it says so', async (t) => {
  const { host } = await openWith(t, undefined);
  await assert.rejects(answerOf(getMetricsHistory, host, { metrics: ['load_1m'] }, ['monitor'], 1e12), {
    detail: 'There is no history of this machine to be read: it is switched off by history.enabled.',
  });
});

test('a folder that cannot be made is one warning, and everything else answers', async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'history-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  writeFileSync(join(parent, 'history'), '');
  chmodSync(join(parent, 'history'), 0o600);
  const { host, troubles } = await openWith(t, {
    ...{ folder: join(parent, 'history'), record: true, settings: smallHistory },
  });
  assert.ok(host.system.status(['memory']).sections.memory !== undefined);
  await assert.rejects(answerOf(getMetricsHistory, host, { metrics: ['load_1m'] }, ['monitor'], 1e12), {
    code: 'unavailable',
    detail: /^There is no history of this machine to be read: its files cannot be made or opened \(E/,
  });
  assert.deepEqual(troubles, ['the history is not recorded']);
});

test('a host that records makes its files and answers from them', async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'history-')), 'history');
  t.after(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  const { host, troubles } = await openWith(t, { folder, record: true, settings: smallHistory });
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const answer = await answerOf(getMetricsHistory, host, { metrics: ['load_1m'] }, ['monitor'], nowMs);
  assert.deepEqual(answer.unavailable, [{ metric: 'load_1m', reason: 'nothing was recorded of it' }]);
  assert.deepEqual(troubles, []);
});
