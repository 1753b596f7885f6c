import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryHistory } from '../../src/host/recorder-query.ts';
import { stillClock } from '../still-clock.ts';
import { until } from './frozen-host.ts';
import { midnight, openPrepared, smallHistory } from './recorded.ts';

test('of a recorder that is killed while it writes every row that it spoke of is there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(import.meta.dirname, 'programs/record-without-end.ts');
  const saidFile = join(folder, 'said');
  const saidFd = openSync(saidFile, 'w');
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder], {
    stdio: ['ignore', saidFd, 'inherit'],
  });
  closeSync(saidFd);
  t.after(() => child.kill('SIGKILL'));
  await until(() => statSync(saidFile).size > 10_000);
  child.kill('SIGKILL');
  await once(child, 'close');
  const last = Number(readFileSync(saidFile, 'utf8').split('\n').at(-2));
  assert.ok(last > 1000, `${last} rows`);

  const nowMs = midnight + last * 10_000;
  const troubles: string[] = [];
  const recorder = openPrepared({
    ...{ folder, settings: smallHistory, clock: stillClock(nowMs), values: () => new Float32Array() },
    onTrouble: (message) => troubles.push(message),
  });
  recorder.close();
  assert.deepEqual(troubles, []);
  const ask = (sinceMs: number, mostBuckets: number) =>
    queryHistory({
      ...{ folder, settings: smallHistory, series: [0], sinceMs, untilMs: nowMs, nowMs, mostBuckets },
    }).buckets.map(({ values: [first] }) => first?.mean);
  const expected = Array.from({ length: 100 }, (_, i) => last - 99 + i);
  assert.deepEqual(ask(nowMs - 100 * 10_000, 100), expected);
  const [hour] = ask(nowMs - 3_600_000, 1);
  assert.ok(Math.abs((hour ?? 0) - (last - 179)) < 90, `${hour} of ${last}`);
});
