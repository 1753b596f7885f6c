/** The running daemon records into its own state folder and answers from it; without the folder it goes on. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ask, type Home, makeHome, mint, program, startDaemon } from './daemon.ts';

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

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

async function overStdio(t: TestContext, home: Home, set: readonly string[] = []): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const [command, ...args] = [...program, 'stdio', ...set];
  await client.connect(
    new StdioClientTransport({ command: command ?? '', args, env: home.env, stderr: 'ignore' }) as Transport,
  );
  t.after(() => client.close());
  return client;
}

test('a daemon records by itself, in files of its state folder', async (t) => {
  const { home, state, token } = await started(t, ['history.interval=5']);
  let data = (await answer(home, token)).data;
  while (data.series.length === 0) {
    await pause();
    data = (await answer(home, token)).data;
  }
  assert.equal(data.series[0].metric, 'load_1m');
  assert.deepEqual(readdirSync(join(state, 'history')).sort(), [
    'minutes.ring',
    'quarters.ring',
    'samples.ring',
  ]);
});

test('over stdio the same user gets what the daemon recorded, and records nothing himself', async (t) => {
  const { home, state, token } = await started(t, ['history.interval=5']);
  const folder = join(state, 'history');
  while ((await answer(home, token)).data.series.length === 0) await pause();
  const client = await overStdio(t, home, ['--set', 'history.interval=5']);
  const { structuredContent } = await client.callTool({
    name: 'get_metrics_history',
    arguments: { metrics: ['load_1m', 'memory_used_percent'], since: '10m' },
  });
  const { series, unavailable } = structuredContent as { series: { metric: string }[]; unavailable: unknown };
  assert.deepEqual(
    [series.map(({ metric }) => metric), unavailable],
    [['load_1m', 'memory_used_percent'], []],
  );
  assert.equal(readdirSync(folder).length, 3);
});

test('over stdio without a daemon it is said that nothing was recorded', async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const client = await overStdio(t, home);
  const { isError, content } = await client.callTool({
    name: 'get_metrics_history',
    arguments: { metrics: ['load_1m'] },
  });
  assert.equal(isError, true);
  assert.match(JSON.stringify(content), /nothing has been recorded yet/);
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
