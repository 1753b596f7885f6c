import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerFacts, containerFacts } from '../../../src/host/docker/container-facts.ts';
import { projectsOf, stackOf } from '../../../src/host/docker/stack.ts';

let made = 0;
function container(name: string, state: string, ports: string[] = [], labels: object = {}): ContainerFacts {
  made += 1;
  const Ports = Object.fromEntries(
    ports.map((published, at) => {
      const [HostIp = '', HostPort = '', protocol = 'tcp'] = published.split(' ');
      return [`${80 + at}/${protocol}`, [{ HostIp, HostPort }]];
    }),
  );
  const facts = containerFacts({
    Id: String(made).padStart(64, '0'),
    Name: `/${name}`,
    State: { Status: state },
    Config: {
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': name, ...labels },
    },
    HostConfig: { PortBindings: Ports },
  });
  return facts ?? assert.fail();
}

test('projects are counted by name, those of a swarm too', () => {
  const none = containerFacts({ Id: '9'.repeat(64), Name: '/alone' }) ?? assert.fail();
  const swarm = containerFacts({
    Id: '8'.repeat(64),
    Config: { Labels: { 'com.docker.stack.namespace': 'a', 'com.docker.swarm.service.name': 'a_web' } },
  });
  assert.deepEqual(
    projectsOf([container('web', 'running'), container('db', 'exited'), none, swarm ?? assert.fail()]),
    [
      { project: 'a', services: 1, containers: 1, running: 0, unhealthy: 0 },
      { project: 'shop', services: 2, containers: 2, running: 1, unhealthy: 0 },
    ],
  );
});

test('a project that is none is told with a near one', () => {
  assert.throws(() => stackOf('shopp', [container('web', 'running')]), {
    code: 'not_found',
    hint: "Did you mean 'shop'?",
  });
  assert.throws(() => stackOf('shop', []), { hint: 'No container here belongs to one.' });
});

test('who wants a port that another one has is a conflict, whatever address it is for', () => {
  const { conflicts, ports } = stackOf('shop', [
    container('web', 'created', ['0.0.0.0 8080']),
    container('other', 'running', ['127.0.0.1 8080'], { 'com.docker.compose.project': 'blog' }),
  ]);
  assert.deepEqual(conflicts, [
    { port: 8080, protocol: 'tcp', container: 'web', other: 'other', otherRuns: true },
  ]);
  assert.deepEqual(ports, [
    { port: 8080, protocol: 'tcp', address: '0.0.0.0', container: 'web', held: false },
  ]);
});

test('other addresses, other protocols and other families are no conflict', () => {
  const others = ['127.0.0.2 8080', '127.0.0.1 8080 udp', ':: 8080', '127.0.0.1 8081', '127.0.0.1 '];
  const { conflicts } = stackOf('shop', [
    container('web', 'exited', ['127.0.0.1 8080']),
    ...others.map((port, at) => container(`other-${at}`, 'running', [port])),
  ]);
  assert.deepEqual(conflicts, []);
});

test('one that runs has what it wants', () => {
  const { conflicts } = stackOf('shop', [
    container('web', 'running', ['0.0.0.0 8080']),
    container('old', 'exited', ['0.0.0.0 8080']),
  ]);
  assert.deepEqual(
    conflicts.map(({ container: of }) => of),
    ['old'],
  );
});
