/** The containers of a real engine, as this program and the docker command see them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { isListed } from '../../../src/host/docker/calls.ts';
import type { ContainerFacts } from '../../../src/host/docker/container-facts.ts';
import type { Docker } from '../../../src/host/docker/docker.ts';
import { openEngine } from '../../../src/host/docker/engine.ts';
import { type HostHandle, openHost } from '../../../src/host/host.ts';
import { until } from '../../until.ts';
import { startEngine, type TestEngine, withoutEngine } from './engine.ts';

const skip = withoutEngine;
let engine: TestEngine;
let host: HostHandle;
let docker: Docker;
const troubles: string[] = [];

before(async () => {
  if (skip) return;
  engine = await startEngine();
  host = await openHost({
    machine: liveMachine(),
    clock: systemClock,
    onTrouble: (message) => troubles.push(message),
    docker: {
      socketPath: engine.recorded,
      rules: () => ({ protectedNames: ['kept-*'], protectedLabels: ['keep=yes'] }),
    },
  });
  docker = host.docker({ has: () => true });
});

after(async () => {
  host?.close();
  await engine?.close();
});

const byName = async (name: string): Promise<ContainerFacts | undefined> =>
  (await docker.list()).find((one) => one.name === name);
const create = (name: string, options: readonly string[], ...command: string[]) =>
  engine.docker('run', '-d', '--network', 'none', '--name', name, ...options, 'box:1', ...command);

test('containers of every state are those of the docker command', { skip }, async () => {
  await create('runs', ['--label', 'com.docker.compose.project=shop'], 'sleep', '3600');
  await create('stopped-still', [], 'sleep', '3600');
  await engine.docker('pause', 'stopped-still');
  await create('fails', [], 'sh', '-c', 'exit 3');
  await create('again', ['--restart', 'on-failure:2'], 'sh', '-c', 'exit 1');
  await engine.docker('create', '--name', 'kept-new', 'box:1', 'true');
  await create(
    'sick',
    ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '1'],
    'sleep',
    '3600',
  );
  await until('one is unhealthy', async () => (await byName('sick'))?.health === 'unhealthy');
  await until('one has failed', async () => (await byName('fails'))?.state === 'exited');
  await until('one was started again twice, and has ended for good', async () => {
    const again = await byName('again');
    return again?.restarts === 2 && again.state === 'exited';
  });

  const listed = await docker.list();
  const states = listed.map(({ id, name, state }) => `${id} ${name} ${state}`).sort();
  const said = await engine.docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}');
  assert.deepEqual(states, said.split('\n').sort());
  assert.equal((await byName('fails'))?.exitCode, 3);
  assert.equal((await byName('runs'))?.project, 'shop');
  const pid = await engine.docker('inspect', '--format', '{{.State.Pid}}', 'runs');
  assert.equal((await byName('runs'))?.pid, Number(pid));
});

test('a list is answered from memory', { skip }, async () => {
  await docker.list();
  const before = engine.requests.length;
  for (let i = 0; i < 50; i++) await docker.list();
  assert.ok(engine.requests.length - before < 50);
});

test('the CPU time and the memory are those of the cgroup that the engine reads', { skip }, async () => {
  await create('burns', [], 'sh', '-c', 'while :; do :; done');
  await until('it is known to run', async () => (await byName('burns'))?.pid !== undefined);
  const one = await byName('burns');
  assert.ok(one);
  await until('its use of the CPU is known', async () => {
    const figures = (await docker.figures([one])).get(one.id);
    return figures?.cpuPercent !== undefined && figures.cpuPercent > 1;
  });
  const figures = (await docker.figures([one])).get(one.id);
  assert.ok(figures?.memoryBytes !== undefined && figures.memoryBytes < 50e6);
  await engine.docker('rm', '-f', 'burns');
  await until('it is gone', async () => (await byName('burns')) === undefined);
});

test('a name is found, also by the beginning of its id, and a near one is named', { skip }, async () => {
  const { id } = await docker.find('runs');
  assert.equal((await docker.find(id.slice(0, 12))).name, 'runs');
  await assert.rejects(docker.find('runz'), { code: 'not_found', hint: /Did you mean 'runs'/ });
});

test('protected ones are known by their name', { skip }, async () => {
  assert.match(docker.protection(await docker.find('kept-new')) ?? '', /protected_names/);
  assert.equal(docker.protection(await docker.find('runs')), undefined);
});

test('an engine that is killed and started again is noticed both times', { skip }, async () => {
  await engine.stop('SIGKILL');
  await assert.rejects(
    async () => {
      // A list from memory alone would let nothing else happen.
      for (;;) await docker.list().then(() => setImmediate());
    },
    { code: 'unavailable', detail: /stopped|does not exist|restarting/ },
  );
  await engine.start();
  await until('the list is there again', () =>
    docker.list().then(
      (all) => all.length > 0,
      () => false,
    ),
  );
  assert.ok(troubles.some((message) => message.includes('answers again')));
});

test('sixty at once are all there', { skip }, async () => {
  const names = Array.from({ length: 60 }, (_, i) => `many-${i}`);
  for (let i = 0; i < names.length; i += 10) {
    await Promise.all(
      names.slice(i, i + 10).map((name) => engine.docker('create', '--name', name, 'box:1', 'true')),
    );
  }
  await until('all are listed', async () => {
    const all = (await docker.list()).map(({ name }) => name);
    return names.every((name) => all.includes(name));
  });
  await engine.docker('rm', ...names);
  await until('none is', async () => !(await docker.list()).some(({ name }) => name.startsWith('many-')));
});

test('a frozen engine is said to hang, and answers when it is thawed', { skip }, async (t) => {
  const way = openEngine(engine.recorded);
  t.after(() => way.close());
  process.kill(engine.pid, 'SIGSTOP');
  try {
    await assert.rejects(way.ask('info', { deadlineMs: 300 }), {
      code: 'deadline_exceeded',
      detail: /did not answer within 0.3 s/,
    });
  } finally {
    process.kill(engine.pid, 'SIGCONT');
  }
  await way.ask('info');
});

test('every request that was ever made is in the list of calls', { skip }, () => {
  assert.ok(engine.requests.length > 20);
  for (const line of engine.requests) {
    const [method = '', url = ''] = line.split(' ');
    assert.ok(isListed(method, url), line);
    assert.equal(method, 'GET', line);
  }
});
