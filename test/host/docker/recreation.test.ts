/** What a real engine cannot be brought to in every test: old links, shared networks, images of other kinds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recreationOf } from '../../../src/host/docker/recreation.ts';

const id = `abcdef012345${'0'.repeat(52)}`;

interface Parts {
  readonly Config?: object;
  readonly HostConfig?: object;
  readonly Networks?: object;
  readonly Mounts?: readonly object[];
}

/** As the engine has it: JSON has no member that is undefined. */
function recreated({ Config = {}, HostConfig = {}, Networks = {}, Mounts = [] }: Parts, image: object = {}) {
  const inspected = { Id: id, Config, HostConfig, NetworkSettings: { Networks }, Mounts };
  return JSON.parse(JSON.stringify(recreationOf(inspected, { Config: image }, 'app:2')));
}

test('what is as in the old image is left to the new one, and the rest is said', () => {
  const image = {
    ...{ Env: ['A=1', 'B=1'], Labels: { a: '1', b: '1' }, Cmd: ['run'], Entrypoint: ['sh'], User: 'app' },
    ...{ ExposedPorts: { '80/tcp': {} }, Volumes: { '/data': {} }, StopSignal: 'SIGINT' },
  };
  const { body } = recreated(
    {
      Config: {
        ...image,
        Env: ['A=2', 'B=1', 'C=3'],
        Labels: { a: '2', b: '1', c: '' },
        ExposedPorts: { '80/tcp': {}, '81/tcp': {} },
        Image: 'app:1',
        OnBuild: ['RUN x'],
      },
    },
    image,
  );
  assert.deepEqual(body, {
    ...{ Env: ['A=2', 'C=3'], Labels: { a: '2', c: '' }, ExposedPorts: { '81/tcp': {} }, Volumes: {} },
    Image: 'app:2',
    HostConfig: { Links: [], Mounts: [] },
    NetworkingConfig: { EndpointsConfig: {} },
  });
});

test('a command of the image is none of an entrypoint that was set, and an entrypoint can be none at all', () => {
  const command = (Config: object, image: object) => {
    const { body } = recreated({ Config }, image);
    return [body.Entrypoint, body.Cmd];
  };
  const image = { Entrypoint: ['sh'], Cmd: ['run'] };
  assert.deepEqual(command({ Entrypoint: ['sh'], Cmd: ['own'] }, image), [undefined, ['own']]);
  assert.deepEqual(command({ Entrypoint: ['own'], Cmd: ['run'] }, image), [['own'], ['run']]);
  assert.deepEqual(command({ Entrypoint: ['own'], Cmd: null }, image), [['own'], null]);
  assert.deepEqual(command({ Entrypoint: null, Cmd: ['own'] }, image), [[''], ['own']]);
  assert.deepEqual(command({ Entrypoint: null, Cmd: ['run'] }, { Cmd: ['run'] }), [undefined, undefined]);
});

test('of a health check each member is told from the image by itself, and none stays none', () => {
  const check = (Healthcheck: object, of: object) =>
    recreated({ Config: { Healthcheck } }, of).body.Healthcheck;
  const Healthcheck = { Test: ['CMD', 'a'], Interval: 5 };
  assert.equal(check(Healthcheck, { Healthcheck }), undefined);
  assert.deepEqual(check({ ...Healthcheck, Interval: 6 }, { Healthcheck }), { Interval: 6 });
  assert.deepEqual(check({ Test: ['NONE'] }, { Healthcheck }), { Test: ['NONE'] });
});

test('a name that is the beginning of the id is given anew, one that was chosen stays', () => {
  const name = (Hostname: string, HostConfig = {}) =>
    recreated({ Config: { Hostname }, HostConfig }).body.Hostname;
  assert.equal(name('abcdef012345'), undefined);
  assert.equal(name('web'), 'web');
  assert.equal(name('web', { NetworkMode: 'container:x' }), undefined);
  assert.equal(name('web', { UTSMode: 'host' }), undefined);
});

test('links are said one way and asked for another', () => {
  const { body } = recreated({ HostConfig: { Links: ['/db:/web/database'] } });
  assert.deepEqual(body.HostConfig.Links, ['db:database']);
});

test('volumes without a name are asked for by the one that the engine gave them', () => {
  const volume = (Name: string, Destination: string, RW = true) => ({
    Type: 'volume',
    Name,
    Destination,
    RW,
  });
  const { body } = recreated({
    HostConfig: {
      Binds: ['named:/named:ro', '/srv:/srv'],
      Mounts: [
        { Type: 'volume', Target: '/asked/' },
        { Type: 'tmpfs', Target: '/mem' },
      ],
    },
    Mounts: [
      ...[volume('named', '/named'), volume('v1', '/asked'), volume('v2', '/of-image', false)],
      { Type: 'bind', Source: '/srv', Destination: '/srv', RW: true },
    ],
  });
  assert.deepEqual(body.HostConfig.Mounts, [
    { Type: 'volume', Target: '/asked/', Source: 'v1' },
    { Type: 'tmpfs', Target: '/mem' },
    { Type: 'volume', Source: 'v2', Target: '/of-image', ReadOnly: true, VolumeOptions: { NoCopy: true } },
  ]);
});

test('one network is asked for at the creation, the others then, and one that was left is left again', () => {
  const endpoint = { Aliases: ['www', 'abcdef012345'], IPAMConfig: { IPv4Address: '10.0.0.9' } };
  const networks = {
    front: { ...endpoint, NetworkID: 'f1', IPAddress: '10.0.0.9', MacAddress: '02:42:0a:00:00:09' },
    back: { NetworkID: 'b1', IPAMConfig: null, Aliases: null, MacAddress: '02:99:00:00:00:01' },
  };
  const { body, connect, disconnect } = recreated({
    HostConfig: { NetworkMode: 'front' },
    Networks: networks,
  });
  assert.deepEqual(body.NetworkingConfig.EndpointsConfig, { front: { ...endpoint, Aliases: ['www'] } });
  assert.deepEqual(connect, [{ network: 'b1', endpoint: { MacAddress: '02:99:00:00:00:01' } }]);
  assert.deepEqual(disconnect, []);
  const left = recreated({ HostConfig: { NetworkMode: 'default' }, Networks: networks });
  assert.deepEqual([left.connect.length, left.disconnect], [2, ['bridge']]);
});

test('whoever lives in a network of somebody else asks for nothing of a network', () => {
  for (const NetworkMode of ['host', 'none', 'container:db']) {
    const { body, connect, disconnect } = recreated({
      Config: { ExposedPorts: { '80/tcp': {} } },
      HostConfig: { NetworkMode },
      Networks: { [NetworkMode]: { NetworkID: 'x' } },
    });
    assert.deepEqual([body.NetworkingConfig.EndpointsConfig, connect, disconnect], [{}, [], []]);
    assert.equal(body.ExposedPorts === undefined, NetworkMode === 'container:db');
  }
});
