/** Compose projects of a real engine: labels are all that makes one. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { getStack } from '../../../src/tools/read/stack.ts';
import { answerOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
const labels = (project: string, service: string) => [
  ...['--label', `com.docker.compose.project=${project}`, '--label', `com.docker.compose.service=${service}`],
  ...['--label', 'com.docker.compose.project.working_dir=/srv/shop'],
];
before(async () => {
  if (skip) return;
  opened = await openEngine();
  await opened.run('shop-web-1', labels('shop', 'web'), 'sleep', '3600');
  await opened.run('shop-job-1', [...labels('shop', 'job'), '-v', 'shop_data:/data'], 'sh', '-c', 'exit 4');
  await opened.run('blog-web-1', labels('blog', 'web'), 'sleep', '3600');
  await opened.engine.docker('wait', 'shop-job-1');
  await until('all are known', async () => {
    const all = await opened.docker.list();
    return all.length === 3 && all.some(({ state }) => state === 'exited');
  });
});
after(() => opened?.close());

test('projects are those that the labels name', { skip }, async () => {
  const { projects } = await opened.ask(getStack);
  assert.deepEqual(projects, [
    { project: 'blog', services: 1, containers: 1, running: 1 },
    { project: 'shop', services: 2, containers: 2, running: 1 },
  ]);
});

test('a project has its services, and how one ended', { skip }, async () => {
  const stack = await opened.ask(getStack, { project: 'shop' });
  assert.deepEqual(stack.containers, [
    { service: 'job', name: 'shop-job-1', state: 'exited', exitCode: 4, networks: ['none'] },
    { service: 'web', name: 'shop-web-1', state: 'running', networks: ['none'] },
  ]);
  assert.deepEqual([stack.volumes, stack.folder, stack.ports], [['shop_data'], '/srv/shop', []]);
});

test('a port that another container or a process of the host has is a conflict', { skip }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const [name, project] of [
    ['shop-api-1', 'shop'],
    ['blog-api-1', 'blog'],
  ] as const)
    await opened.engine.docker(
      'create',
      '--name',
      name,
      '-p',
      `127.0.0.1:${port}:80`,
      ...labels(project, 'api'),
      'box:1',
      'true',
    );
  await until('both are known', () =>
    Promise.all([opened.docker.find('shop-api-1'), opened.docker.find('blog-api-1')]).catch(() => false),
  );
  const stack = await opened.ask(getStack, { project: 'shop' });
  assert.deepEqual(stack.ports, [
    { port, protocol: 'tcp', address: '127.0.0.1', container: 'shop-api-1', held: false },
  ]);
  assert.deepEqual(stack.conflicts, [
    { port, protocol: 'tcp', container: 'shop-api-1', other: 'blog-api-1', otherRuns: false },
  ]);
  assert.deepEqual(stack.withheld, ['what else listens on its ports: monitor']);
  const all = await answerOf(getStack, opened.host, { project: 'shop' }, ['docker:read', 'monitor']);
  const own = all.conflicts.find(({ otherRuns }: { otherRuns: boolean }) => otherRuns);
  assert.equal(own.port, port);
  assert.match(own.other, /process/);
});

test('only reads of the list were made', { skip }, () => opened.onlyReads());
