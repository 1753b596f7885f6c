/** Images, networks, volumes and disk usage of a real engine, as its tools and the docker command see them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listDockerNetworks } from '../../../src/tools/read/docker-networks.ts';
import { getDockerUsage } from '../../../src/tools/read/docker-usage.ts';
import { listImages } from '../../../src/tools/read/images.ts';
import { listVolumes } from '../../../src/tools/read/volumes.ts';
import { until } from '../../until.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
before(async () => {
  if (skip) return;
  opened = await openEngine();
  const { docker } = opened.engine;
  await docker('tag', 'box:1', 'registry.example.org:5000/team/box:2');
  await docker('volume', 'create', '--label', 'com.docker.compose.project=shop', 'data');
  await docker('volume', 'create', 'left-over');
  await docker('network', 'create', '--subnet', '10.99.7.0/24', 'trial');
  await opened.run(
    'writes',
    ['-v', 'data:/data', '-v', '/anonymous'],
    'sh',
    '-c',
    'head -c 3000000 /dev/zero > /data/f; head -c 1000000 /dev/zero > /g',
  );
  await docker('wait', 'writes');
  // An image that is made from another file loses its name to the next one.
  await docker('commit', '--change', 'LABEL a=b', 'writes', 'made:1');
  await docker('commit', '--change', 'LABEL a=c', 'writes', 'made:1');
  await until('the container is known', () => opened.docker.find('writes').catch(() => false));
  await until('it has ended', async () => (await opened.docker.find('writes')).state === 'exited');
});
after(() => opened?.close());

const lines = async (...args: string[]) =>
  (await opened.engine.docker(...args)).split('\n').filter(Boolean).sort();

test('images are those of the docker command, dangling ones too', { skip }, async () => {
  const { images, matching } = await opened.ask(listImages);
  const ids = images.map(({ id }: { id: string }) => id).sort();
  const said = await lines('images', '--no-trunc', '--format', '{{.ID}}');
  assert.deepEqual(ids, [...new Set(said)].map((id) => id.replace('sha256:', '').slice(0, 12)).sort());
  assert.equal(matching, 3);
  const box = images.find(({ names }: { names: string[] }) => names.includes('box:1'));
  assert.deepEqual(box.names, ['box:1', 'registry.example.org:5000/team/box:2']);
  assert.deepEqual(box.usedBy, ['writes']);
  assert.equal(box.sizeBytes, Number(await opened.engine.docker('inspect', '-f', '{{.Size}}', 'box:1')));
  assert.equal((await opened.ask(listImages, { dangling: true })).matching, 1);
  assert.equal((await opened.ask(listImages, { unused: true })).matching, 2);
  assert.equal((await opened.ask(listImages, { name: 'TEAM/box' })).matching, 1);
});

test('pages of images follow one another', { skip }, async () => {
  const first = await opened.ask(listImages, { limit: 2 });
  const second = await opened.ask(listImages, { limit: 2, cursor: first.nextCursor });
  assert.deepEqual([first.images.length, second.images.length, 'nextCursor' in second], [2, 1, false]);
  await assert.rejects(opened.ask(listImages, { cursor: 'sha256:gone' }), { code: 'arguments_invalid' });
});

test('networks are those of the docker command', { skip }, async () => {
  const { networks } = await opened.ask(listDockerNetworks);
  assert.deepEqual(
    networks.map(({ name, driver }: { name: string; driver: string }) => `${name} ${driver}`).sort(),
    await lines('network', 'ls', '--format', '{{.Name}} {{.Driver}}'),
  );
  const none = networks.find(({ name }: { name: string }) => name === 'none');
  assert.deepEqual(none.usedBy, ['writes']);
  const { networks: unused } = await opened.ask(listDockerNetworks, { unused: true });
  assert.deepEqual(
    unused.map(({ name, subnets }: { name: string; subnets: string[] }) => [name, subnets]),
    [['trial', ['10.99.7.0/24']]],
  );
});

test('volumes are those of the docker command, with who has them', { skip }, async () => {
  const { volumes } = await opened.ask(listVolumes);
  const names = volumes.map(({ name }: { name: string }) => name).sort();
  assert.deepEqual(names, await lines('volume', 'ls', '-q'));
  const data = volumes.find(({ name }: { name: string }) => name === 'data');
  assert.deepEqual([data.usedBy, data.project, 'sizeBytes' in data], [['writes'], 'shop', false]);
  assert.equal(volumes.filter(({ anonymous }: { anonymous?: boolean }) => anonymous).length, 1);
  const unused = await opened.ask(listVolumes, { unused: true });
  assert.deepEqual(
    unused.volumes.map(({ name }: { name: string }) => name),
    ['left-over'],
  );
});

test('sizes are measured only where they are asked for, and the largest is first', { skip }, async () => {
  const measured = () => opened.engine.requests.filter((line) => line.includes('/system/df')).length;
  const before = measured();
  const { volumes } = await opened.ask(listVolumes, { sizes: true });
  assert.equal(measured() - before, 1);
  assert.equal(volumes[0].name, 'data');
  assert.equal(volumes[0].sizeBytes, 3_000_000);
});

test('what could be reclaimed is what the docker command says', { skip }, async () => {
  const usage = await opened.ask(getDockerUsage);
  const said = await lines(
    'system',
    'df',
    '--format',
    '{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Size}}|{{.Reclaimable}}',
  );
  const sizeOf = (bytes: number) => {
    const [unit, per] = bytes >= 1e6 ? ['MB', 1e6] : bytes >= 1e3 ? ['kB', 1e3] : ['B', 1];
    return `${Number((bytes / per).toPrecision(4))}${unit}`;
  };
  for (const [type, kind] of [
    ['Images', usage.images],
    ['Containers', usage.containers],
    ['Local Volumes', usage.volumes],
    ['Build Cache', usage.buildCache],
  ] as const) {
    const line = said.find((one) => one.startsWith(type)) ?? '';
    const [, total, active, size, reclaimable = ''] = line.split('|');
    assert.deepEqual(
      [String(kind.count), String(kind.active), sizeOf(kind.sizeBytes), sizeOf(kind.reclaimableBytes)],
      [total, active, size, reclaimable.replace(/ \(.*/, '')],
      line,
    );
  }
  assert.equal(usage.largest[0].name, 'data');
  assert.equal(usage.engineVersion, await opened.engine.docker('version', '--format', '{{.Server.Version}}'));
});

test('only reads of the list were made', { skip }, () => opened.onlyReads());
