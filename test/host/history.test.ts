import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCrew } from '../../src/host/crew.ts';
import { type History, openHistory } from '../../src/host/history.ts';
import { openSampler } from '../../src/host/sampler.ts';
import { stillClock } from '../still-clock.ts';
import { copyMachine } from './frozen-host.ts';
import { hourMs, smallHistory } from './recorded.ts';

/** A history that records into a folder that is not there yet. */
function recording(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  const parent = mkdtempSync(join(tmpdir(), 'history-'));
  const clock = stillClock();
  const troubles: string[] = [];
  const needs = { machine, clock, onTrouble: (message: string) => void troubles.push(message) };
  const crew = openCrew(needs);
  const sampler = openSampler(machine, clock);
  const folder = join(parent, 'history');
  const history = openHistory(
    { folder, record: true, settings: smallHistory },
    { ...needs, crew, sampler, mounts: () => undefined, ranking: () => undefined },
  );
  // A worker doesn't keep the process alive; a test that waits for one must.
  const alive = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(alive);
    history.close();
    sampler.close();
    crew.close();
    remove();
    rmSync(parent, { recursive: true, force: true });
  });
  return { history, folder, troubles, nowMs: clock.now() };
}

const ask = (history: History, nowMs: number) =>
  history.query({ metrics: ['load_1m'], sinceMs: nowMs - hourMs, untilMs: nowMs, mostBuckets: 1 });

test('the files are made by the worker, and whoever asks waits for them', async (t) => {
  const { history, folder, troubles, nowMs } = recording(t);
  assert.equal(existsSync(folder), false);
  const { unavailable } = await ask(history, nowMs);
  assert.deepEqual(unavailable, [{ metric: 'load_1m', reason: 'nothing was recorded of it' }]);
  assert.deepEqual(readdirSync(folder), ['minutes.ring', 'quarters.ring', 'samples.ring']);
  assert.equal(statSync(join(folder, 'samples.ring')).size, 4096 + 720 * 96);
  assert.deepEqual(troubles, []);
});

test('closed before its files are there it begins no recording, and tells of no trouble', async (t) => {
  const { history, troubles, nowMs } = recording(t);
  const asked = ask(history, nowMs);
  history.close();
  await assert.rejects(asked, { code: 'unavailable' });
  assert.deepEqual(troubles, []);
});
