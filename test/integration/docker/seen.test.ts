/** Who sees which containers of a real engine, in the answers about containers and in those about the host. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { Problem } from '../../../src/base/errors.ts';
import { manageContainer } from '../../../src/tools/change/container.ts';
import { listConnections } from '../../../src/tools/read/connections.ts';
import { getContainer } from '../../../src/tools/read/container.ts';
import { getContainerLogs } from '../../../src/tools/read/container-logs.ts';
import { getContainerStats } from '../../../src/tools/read/container-stats.ts';
import { listContainers } from '../../../src/tools/read/containers.ts';
import { listDockerNetworks } from '../../../src/tools/read/docker-networks.ts';
import { getDockerUsage } from '../../../src/tools/read/docker-usage.ts';
import { listImages } from '../../../src/tools/read/images.ts';
import { getProcess } from '../../../src/tools/read/process.ts';
import { listProcesses } from '../../../src/tools/read/processes.ts';
import { getStack } from '../../../src/tools/read/stack.ts';
import { listVolumes } from '../../../src/tools/read/volumes.ts';
import { until } from '../../until.ts';
import { ask, makeHome, mint, startDaemon } from '../daemon.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
let port = 0;
let ids: Record<'web-1' | 'db-1' | 'front', string>;
const project = (name: string) => ['--label', `com.docker.compose.project=${name}`];

before(async () => {
  if (skip) return;
  opened = await openEngine();
  const { docker } = opened.engine;
  await docker('tag', 'box:1', 'other:1');
  await docker('network', 'create', '--subnet', '10.99.8.0/24', 'inner');
  const idle = ['sh', '-c', 'echo hello; sleep 3600'] as const;
  const id = async (name: string, ...options: string[]) =>
    (await docker('run', '-d', '--name', name, ...options)).slice(0, 12);
  port = await freePort();
  ids = {
    'web-1': await id(
      'web-1',
      '--network',
      'none',
      '-v',
      'data-web:/d',
      ...project('shop'),
      'box:1',
      ...idle,
    ),
    'db-1': await id('db-1', '--network', 'none', '-v', 'data-db:/d', ...project('shop'), 'other:1', ...idle),
    front: await id('front', '--network', 'host', 'box:1', 'busybox', 'nc', '-l', '-p', `${port}`),
  };
  await docker('create', '--name', 'inside', '--network', 'inner', ...project('elsewhere'), 'box:1', 'true');
  await until('all are known', async () => (await opened.docker.list()).length === 4);
});
after(() => opened?.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

const pidOf = async (name: string) =>
  Number(await opened.engine.docker('inspect', '-f', '{{.State.Pid}}', name));
const both: ('monitor' | 'docker')[] = ['monitor', 'docker'];
/** Someone who is narrowed to web-*. */
const web = (tool: unknown, args: Record<string, unknown> = {}) =>
  opened.ask(tool, args, both, { 'docker:read': ['web-*'] });
const otherTraces = () =>
  new RegExp(`db-1|data-db|other:1|front|inside|inner|elsewhere|${ids['db-1']}|${ids.front}`);

test('a narrowed token sees its containers in every tool, and no trace of the others', { skip }, async () => {
  const answers = [
    await web(listContainers),
    await web(getContainer, { container: 'web-1', detail: 'detailed' }),
    await web(getContainerLogs, { container: 'web-1' }),
    await web(getContainerStats),
    await web(getStack),
    await web(getStack, { project: 'shop' }),
    await web(listVolumes),
    await web(listVolumes, { sizes: true }),
    await web(listDockerNetworks),
    await web(listProcesses, { container: 'web-1' }),
  ];
  for (const answer of answers) {
    assert.doesNotMatch(JSON.stringify(answer), otherTraces());
    assert.match(JSON.stringify(answer), /web|none|\b1\b/);
  }
  const [all, , logs, stats, projects, stack, volumes] = answers;
  assert.deepEqual([all.matching, all.byState], [1, { running: 1 }]);
  assert.equal(logs.lines[0].text, 'hello');
  assert.deepEqual([stats.running, stats.containers[0].name], [1, 'web-1']);
  assert.deepEqual(projects.projects, [{ project: 'shop', services: 1, containers: 1, running: 1 }]);
  assert.deepEqual([stack.containers.length, stack.volumes], [1, ['data-web']]);
  assert.equal(volumes.matching, 1);
  // The image has the same id under either name.
  const images = await web(listImages);
  assert.deepEqual([images.matching, images.images[0].usedBy], [1, ['web-1']]);
  await assert.rejects(web(getDockerUsage), { code: 'scope_missing' });
});

test('what it does not see is refused in the words for what nothing has', { skip }, async () => {
  const refusal = async (tool: unknown, args: Record<string, unknown>, name: string) => {
    const thrown = await web(tool, args).then(assert.fail, (problem: unknown) => problem);
    assert.ok(thrown instanceof Problem, String(thrown));
    return JSON.stringify([thrown.code, thrown.detail, thrown.hint]).replaceAll(name, 'NAME');
  };
  for (const [tool, argsOf] of [
    [getContainer, (container: string) => ({ container })],
    [getContainerLogs, (container: string) => ({ container })],
    [getContainerStats, (container: string) => ({ containers: [container] })],
    [getStack, (wanted: string) => ({ project: wanted === 'db-1' ? 'elsewhere' : wanted })],
    [listProcesses, (container: string) => ({ container })],
  ] as const) {
    const absent = await refusal(tool, argsOf('cb-1'), 'cb-1');
    const outside = await refusal(tool, argsOf('db-1'), tool === getStack ? 'elsewhere' : 'db-1');
    assert.equal(outside, absent);
  }
  const change = (container: string) =>
    opened.ask(manageContainer, { container, action: 'stop' }, both, {
      'docker:read': ['web-*'],
      'docker:manage': ['web-*'],
    });
  await assert.rejects(change('db-1'), { code: 'not_found' });
  assert.equal(await opened.engine.docker('inspect', '-f', '{{.State.Status}}', 'db-1'), 'running');
});

test('processes and sockets tell their container by name to those who may read it', { skip }, async () => {
  const pid = await pidOf('db-1');
  const asked = opened.engine.requests.filter((line) => !/events|containers\/json/.test(line)).length;
  const row = await opened.ask(getProcess, { pid }, both);
  assert.deepEqual([row.containerId, row.container], [ids['db-1'], 'db-1']);
  const { processes } = await opened.ask(listProcesses, { container: 'db-1' }, both);
  assert.ok(processes.some((one: { pid: number }) => one.pid === pid));
  for (const one of processes) assert.deepEqual([one.containerId, one.container], [ids['db-1'], 'db-1']);
  const listening = { port, state: 'listening' };
  const sockets = await opened.ask(listConnections, listening, both);
  assert.deepEqual(
    [sockets.connections[0].container, sockets.connections[0].pid],
    ['front', await pidOf('front')],
  );
  const later = opened.engine.requests.filter((line) => !/events|containers\/json/.test(line)).length;
  assert.equal(later, asked);
});

test('to those who may not, they tell nothing of it, and say so', { skip }, async () => {
  const pid = await pidOf('db-1');
  const listening = { port, state: 'listening' };
  const alone = ['monitor' as const];
  for (const answer of [
    await opened.ask(getProcess, { pid }, alone),
    await opened.ask(listProcesses, { name: 'sleep 3600' }, alone),
    await opened.ask(listConnections, listening, alone),
  ]) {
    assert.doesNotMatch(JSON.stringify(answer), new RegExp(`web-1|db-1|${Object.values(ids).join('|')}`));
    assert.deepEqual(answer.withheld, ['the containers of processes: docker:read']);
  }
  await assert.rejects(opened.ask(listProcesses, { container: 'web-1' }, alone), { code: 'scope_missing' });
  for (const answer of [await web(getProcess, { pid }), await web(listConnections, listening)]) {
    assert.doesNotMatch(JSON.stringify(answer), otherTraces());
    assert.match(answer.withheld[0], /but for those that docker:read is narrowed to/);
  }
});

test('a token that was minted so is held to it by the daemon', { skip }, async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const token = await mint(home, 'monitor,docker:read', ['--narrow', 'docker:read=web-*']);
  const daemon = await startDaemon(home, ['--set', `docker.socket_path=${opened.engine.socket}`]);
  t.after(() => daemon.end());
  const call = (path: string) => ask({ socket: home.socket, path: `/tools/${path}`, token });
  const { data } = (await call('list_containers')).json;
  assert.deepEqual([data.matching, data.containers[0].name], [1, 'web-1']);
  const { status, json } = await call('get_container?container=db-1');
  assert.deepEqual([status, json.error.code], [404, 'not_found']);
  const process = (await call(`get_process?pid=${await pidOf('web-1')}`)).json.data;
  assert.equal(process.container, 'web-1');
});
