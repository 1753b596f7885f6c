import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerFacts, containerFacts } from '../../../src/host/docker/container-facts.ts';
import { imageFacts } from '../../../src/host/docker/images.ts';
import { isUnused, networkFacts } from '../../../src/host/docker/networks.ts';
import { openUsage, usageOf } from '../../../src/host/docker/usage.ts';
import { volumeFacts } from '../../../src/host/docker/volumes.ts';

const container = (name: string, more: object = {}): ContainerFacts =>
  containerFacts({ Id: 'c'.repeat(64), Name: `/${name}`, ...more }) ?? assert.fail();

test('images come largest first, with their containers, and one without a name has none', () => {
  const images = imageFacts(
    [
      { Id: 'sha256:a', RepoTags: ['<none>:<none>'], Size: 1, Created: 60 },
      { Id: 'sha256:b', RepoTags: ['x:1', 'x:2'], Size: 2, Created: 0 },
      { Id: 'sha256:c', RepoTags: null, Size: 1 },
      'none',
    ],
    [container('web', { Image: 'sha256:b' })],
  );
  assert.deepEqual(images, [
    { id: 'sha256:b', names: ['x:1', 'x:2'], sizeBytes: 2, usedBy: ['web'] },
    { id: 'sha256:a', names: [], sizeBytes: 1, createdAt: '1970-01-01T00:01:00.000Z', usedBy: [] },
    { id: 'sha256:c', names: [], sizeBytes: 1, usedBy: [] },
  ]);
});

test("a network is unused when no container is in it and it is none of the engine's own", () => {
  const networks = networkFacts(
    [
      {
        Id: '1',
        Name: 'shop',
        Driver: 'bridge',
        Scope: 'local',
        IPAM: { Config: [{ Subnet: '10.0.0.0/24' }] },
      },
      { Id: '2', Name: 'left', Driver: 'bridge', Scope: 'local', Internal: true },
      { Id: '3', Name: 'host', Driver: 'host', Scope: 'local', IPAM: { Config: null } },
    ],
    [container('web', { NetworkSettings: { Networks: { shop: {} } } })],
  );
  assert.deepEqual(
    networks.map((one) => [one.name, one.usedBy, one.subnets, isUnused(one)]),
    [
      ['host', [], [], false],
      ['left', [], [], true],
      ['shop', ['web'], ['10.0.0.0/24'], false],
    ],
  );
});

test('a volume without a name of its own is anonymous, and a size that was not measured is none', () => {
  const volumes = volumeFacts(
    {
      Volumes: [
        { Name: 'data', Driver: 'local', UsageData: { Size: -1, RefCount: 0 } },
        { Name: 'f'.repeat(64), Driver: 'local', UsageData: { Size: 5, RefCount: 1 } },
        { Name: 'new', Driver: 'local', Labels: { 'com.docker.volume.anonymous': '' } },
      ],
    },
    [
      container('db', {
        Mounts: [
          { Type: 'volume', Name: 'data' },
          { Type: 'bind', Source: '/x' },
        ],
      }),
    ],
  );
  assert.deepEqual(
    volumes.map(({ name, anonymous, sizeBytes, usedBy }) => [name.slice(0, 4), anonymous, sizeBytes, usedBy]),
    [
      ['data', false, undefined, ['db']],
      ['ffff', true, 5, []],
      ['new', true, undefined, []],
    ],
  );
});

test('what is shared is reclaimed by nobody, and what is running not at all', () => {
  const usage = usageOf({
    LayersSize: 100,
    Images: [
      { Id: 'sha256:a', RepoTags: ['a:1'], Size: 70, SharedSize: 30, Containers: 1 },
      { Id: 'sha256:b', RepoTags: null, Size: 60, SharedSize: 30, Containers: 0 },
    ],
    Containers: [
      { Names: ['/runs'], State: 'running', SizeRw: 5 },
      { Names: ['/ended'], State: 'exited', SizeRw: 7 },
    ],
    Volumes: [{ Name: 'v', UsageData: { Size: -1, RefCount: -1 } }],
    BuildCache: [
      { ID: '1', Size: 10, InUse: false, Shared: false },
      { ID: '2', Size: 20, InUse: false, Shared: true },
    ],
  });
  assert.deepEqual(usage, {
    images: { count: 2, active: 1, sizeBytes: 100, reclaimableBytes: 60 },
    containers: { count: 2, active: 1, sizeBytes: 12, reclaimableBytes: 7 },
    volumes: { count: 1, active: 0, sizeBytes: 0, reclaimableBytes: 0 },
    buildCache: { count: 2, active: 0, sizeBytes: 10, reclaimableBytes: 10 },
    largest: [
      { kind: 'image', name: 'a:1', sizeBytes: 40, inUse: true },
      { kind: 'image', name: 'b', sizeBytes: 30, inUse: false },
      { kind: 'container', name: 'ended', sizeBytes: 7, inUse: false },
      { kind: 'container', name: 'runs', sizeBytes: 5, inUse: true },
    ],
  });
});

test('whoever asks while the engine measures gets the same answer, and one who gives up spoils it for nobody', async () => {
  const answers: ((answer: unknown) => void)[] = [];
  const measure = openUsage({ ask: () => new Promise((resolve) => answers.push(resolve)) });
  const impatient = new AbortController();
  const first = measure(impatient.signal);
  const second = measure(new AbortController().signal);
  impatient.abort(new Error('enough'));
  await assert.rejects(first, { message: 'enough' });
  answers[0]?.('measured');
  assert.equal(await second, 'measured');
  assert.equal(answers.length, 1);
  measure(impatient.signal).catch(() => {});
  assert.equal(answers.length, 2);
});
