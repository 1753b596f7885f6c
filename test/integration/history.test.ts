/** The running daemon records into its own state folder and answers from it; without the folder it goes on. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ask, type Home, makeHome, mint, startDaemon } from './daemon.ts';

const path = '/tools/get_metrics_history?metrics=load_1m&since=10m';

async function started(t: TestContext, set: readonly string[], prepare: (state: string) => void = () => {}) {
  const home = makeHome();
  const state = join(home.folder, 'state/systemmanager');
  mkdirSync(state, { recursive: true });
  prepare(state);
  const daemon = await startDaemon(
    home,
    set.flatMap((setting) => ['--set', setting]),
  );
  t.after(async () => {
    await daemon.end('SIGKILL');
    home.remove();
  });
  return { home, state, daemon, token: await mint(home) };
}

const answer = async (home: Home, token: string) =>
  JSON.parse((await ask({ socket: home.socket, path, token })).text);

test('a daemon records by itself, in files of its state folder', async (t) => {
  const { home, state, token } = await started(t, ['history.interval=5']);
  let data = (await answer(home, token)).data;
  while (data.series.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    data = (await answer(home, token)).data;
  }
  assert.equal(data.series[0].metric, 'load_1m');
  assert.deepEqual(readdirSync(join(state, 'history')).sort(), [
    'minutes.ring',
    'quarters.ring',
    'samples.ring',
  ]);
});

test('switched off, it makes no files and says so', async (t) => {
  const { home, state, token } = await started(t, ['history.enabled=false']);
  const { error } = await answer(home, token);
  assert.equal(error.code, 'unavailable');
  assert.match(error.message, /history\.enabled/);
  assert.ok(!readdirSync(state).includes('history'));
});

test('where the folder cannot be made it starts with a warning and answers the rest', async (t) => {
  const { home, daemon, token } = await started(t, [], (state) => writeFileSync(join(state, 'history'), ''));
  assert.equal((await answer(home, token)).error.code, 'unavailable');
  assert.equal((await ask({ socket: home.socket, path: '/tools/get_system_status', token })).status, 200);
  assert.equal(daemon.stdout().split('the history is not recorded').length, 2);
});
