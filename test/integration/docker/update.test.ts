/** Containers of a real engine made anew on newer images from a registry on loopback, as update_container has it done. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { updateContainer } from '../../../src/tools/change/update-container.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { contextOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { ask } from '../daemon.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedRegistry, openEngineAndRegistry } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedRegistry;
before(async () => {
  if (!skip) opened = await openEngineAndRegistry();
});
after(() => opened?.close());

const docker = (...args: string[]) => opened.engine.docker(...args);
const push = (name: string, config: object = {}) => opened.registry.push({ name, tag: '1', config });
// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the engine says
const inspect = async (name: string): Promise<any> => JSON.parse(await docker('inspect', name))[0];
const update = (container: string, more: object = {}) =>
  opened.ask(updateContainer, { container, timeoutSeconds: 2, graceSeconds: 0, ...more });
const known = (name: string) => until(`${name} is known`, () => opened.docker.find(name).catch(() => false));
const names = async () => (await docker('ps', '-a', '--format', '{{.Names}}')).split('\n');
const noLeftovers = async () => {
  assert.deepEqual(
    (await names()).filter((name) => name.includes('.systemmanager-')),
    [],
  );
};

const sleeps = { Cmd: ['sleep', '3600'] };
/** A container of an image that is pushed as `name`. */
async function run(name: string, config: object = sleeps, ...options: string[]): Promise<string> {
  const image = push(name, config);
  await docker('pull', '-q', image);
  await docker('run', '-d', '--network', 'none', '--name', name, ...options, image);
  await known(name);
  return image;
}

test('everything that was set is the same afterwards, and what the image had follows the new one', {
  skip,
}, async () => {
  await docker('network', 'create', '--subnet', '10.98.1.0/24', 'front');
  await docker('network', 'create', '--subnet', '10.98.2.0/24', 'back');
  await docker('volume', 'create', 'named');
  const base = {
    ...sleeps,
    Env: ['PATH=/bin', 'VERSION=1', 'MODE=image'],
    Labels: { version: '1', kept: 'image' },
    ExposedPorts: { '81/tcp': {} },
    Volumes: { '/of-image': {} },
    StopSignal: 'SIGKILL',
  };
  const image = push('full', base);
  await docker('pull', '-q', image);
  const body = {
    Image: image,
    Hostname: 'tester',
    Domainname: 'example.org',
    User: '7:8',
    WorkingDir: '/tmp',
    Env: ['A=1', 'B=two words', 'MODE=own'],
    Entrypoint: ['sh', '-c'],
    Cmd: ['echo ready; sleep 3600'],
    Labels: { owner: 'ops', 'com.docker.compose.project': 'shop' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/anonymous': {} },
    MacAddress: '02:99:00:00:00:01',
    StopTimeout: 3,
    OpenStdin: true,
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9, Timeout: 5e9, Retries: 4, StartPeriod: 1e9 },
    HostConfig: {
      NetworkMode: 'front',
      Binds: ['/usr/share:/host:ro', 'named:/named'],
      Mounts: [
        { Type: 'tmpfs', Target: '/mem', TmpfsOptions: { SizeBytes: 1 << 20, Mode: 0o700 } },
        { Type: 'volume', Target: '/unnamed' },
        { Type: 'bind', Source: '/usr/lib', Target: '/lib-of-host', ReadOnly: true },
      ],
      Tmpfs: { '/scratch': 'size=64k,mode=1777' },
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18480' }] },
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', labels: 'owner' } },
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['CHOWN'],
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'rw' }],
      Dns: ['10.98.1.53'],
      DnsOptions: ['ndots:2'],
      DnsSearch: ['example.org'],
      ExtraHosts: ['other:10.98.1.77'],
      GroupAdd: ['44'],
      Memory: 64 << 20,
      MemoryReservation: 32 << 20,
      NanoCpus: 5e8,
      CpuShares: 512,
      PidsLimit: 50,
      OomScoreAdj: 100,
      ShmSize: 1 << 20,
      Ulimits: [{ Name: 'nofile', Soft: 512, Hard: 1024 }],
      Sysctls: { 'net.ipv4.ip_default_ttl': '77' },
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'shareable',
      ReadonlyRootfs: true,
    },
    NetworkingConfig: {
      EndpointsConfig: { front: { Aliases: ['www', 'api'], IPAMConfig: { IPv4Address: '10.98.1.9' } } },
    },
  };
  const made = await ask({
    ...{ socket: opened.engine.socket, path: '/v1.41/containers/create?name=full' },
    body: JSON.stringify(body),
  });
  assert.equal(made.status, 201, made.text);
  await docker('network', 'connect', '--alias', 'store', '--ip', '10.98.2.9', 'back', 'full');
  await docker('start', 'full');
  await known('full');
  const old = await inspect('full');

  push('full', {
    ...base,
    Env: ['PATH=/bin', 'VERSION=2', 'MODE=image'],
    Labels: { version: '2', kept: 'image' },
    ExposedPorts: { '82/tcp': {} },
  });
  const answer = await update('full', { timeoutSeconds: 30 });
  assert.deepEqual([answer.outcome, answer.reason], ['updated', undefined]);
  const now = await inspect('full');
  assert.notEqual(now.Id, old.Id);
  assert.notEqual(now.Image, old.Image);
  assert.deepEqual([answer.before.id, answer.after.id, answer.after.state], [old.Id, now.Id, 'running']);
  assert.deepEqual([answer.before.image.id, answer.after.image.id], [old.Image, now.Image]);
  assert.equal(now.State.Health.Status, 'healthy');

  assert.deepEqual([...now.Config.Env].sort(), ['A=1', 'B=two words', 'MODE=own', 'PATH=/bin', 'VERSION=2']);
  assert.deepEqual(now.Config.Labels, { ...body.Labels, version: '2', kept: 'image' });
  assert.deepEqual(Object.keys(now.Config.ExposedPorts).sort(), ['53/udp', '80/tcp', '82/tcp']);
  const { Env: _, Labels: __, ExposedPorts: ___, ...oldConfig } = old.Config;
  const { Env: _4, Labels: _5, ExposedPorts: _6, ...nowConfig } = now.Config;
  assert.deepEqual(nowConfig, oldConfig);

  // Volumes that nobody named are asked for by their names.
  const { Mounts: oldAsked, ...oldHost } = old.HostConfig;
  const { Mounts: nowAsked, ...nowHost } = now.HostConfig;
  assert.deepEqual(nowHost, oldHost);
  assert.deepEqual([oldAsked.length, nowAsked.length], [3, 5]);
  // biome-ignore lint/suspicious/noExplicitAny: what the engine says
  const mounts = ({ Mounts }: any) =>
    Mounts.map(({ Type, Name, Source, Destination, RW }: Record<string, unknown>) => ({
      ...{ Type, Name, Source, Destination, RW },
    })).sort((a: { Destination: string }, b: { Destination: string }) =>
      a.Destination < b.Destination ? -1 : 1,
    );
  assert.deepEqual(mounts(now), mounts(old));
  assert.equal(mounts(now).length, 7);

  // biome-ignore lint/suspicious/noExplicitAny: what the engine says
  const networks = ({ Id, NetworkSettings }: any) =>
    Object.entries(NetworkSettings.Networks as Record<string, Record<string, unknown>>)
      .map(([name, { Aliases, IPAMConfig, IPAddress, MacAddress, Links }]) => ({
        ...{ name, IPAMConfig, IPAddress, MacAddress, Links },
        aliases: (Aliases as string[]).filter((alias) => !Id.startsWith(alias)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(networks(now), networks(old));
  assert.deepEqual(
    networks(now).map(({ name, IPAddress, aliases }) => [name, IPAddress, aliases]),
    [
      ['back', '10.98.2.9', ['store', 'tester']],
      ['front', '10.98.1.9', ['www', 'api', 'tester']],
    ],
  );
  assert.deepEqual(now.NetworkSettings.Ports['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: '18480' }]);
  await noLeftovers();

  // And once more, from one that was made so.
  push('full', { ...base, Labels: { version: '3' } });
  assert.equal((await update('full', { timeoutSeconds: 30 })).outcome, 'updated');
  const again = await inspect('full');
  assert.deepEqual(again.HostConfig, now.HostConfig);
  assert.deepEqual(mounts(again), mounts(old));
  assert.deepEqual(networks(again), networks(old));
  await docker('rm', '-f', 'full');
});

test('user, command, entrypoint, folder and health check of the image follow it where nobody set them', {
  skip,
}, async () => {
  const health = (retries: number) => ({ Test: ['CMD', 'true'], Interval: 1e9, Retries: retries });
  await run('follows', {
    Entrypoint: ['sleep'],
    Cmd: ['3600'],
    User: '1',
    WorkingDir: '/tmp',
    Healthcheck: health(2),
  });
  await docker('rm', '-f', 'follows');
  const image = `${opened.registry.address}/follows:1`;
  await docker('run', '-d', '--network', 'none', '--health-retries', '9', '--name', 'follows', image);
  await known('follows');
  push('follows', {
    Entrypoint: ['sh', '-c'],
    Cmd: ['sleep 3601'],
    User: '2',
    WorkingDir: '/etc',
    Healthcheck: health(3),
  });
  assert.equal((await update('follows', { timeoutSeconds: 30 })).outcome, 'updated');
  const { Config } = await inspect('follows');
  assert.deepEqual(
    [Config.Entrypoint, Config.Cmd, Config.User, Config.WorkingDir],
    [['sh', '-c'], ['sleep 3601'], '2', '/etc'],
  );
  assert.deepEqual([Config.Healthcheck.Retries, Config.Healthcheck.Test], [9, ['CMD', 'true']]);
});

test('the data of a volume that nobody named is kept', { skip }, async () => {
  await run('keeps', { ...sleeps, Volumes: { '/data': {} } });
  await docker('exec', 'keeps', 'sh', '-c', 'echo precious > /data/file');
  push('keeps', { ...sleeps, Labels: { version: '2' } });
  assert.equal((await update('keeps')).outcome, 'updated');
  assert.equal(await docker('exec', 'keeps', 'cat', '/data/file'), 'precious');
});

test('where the image is the same nothing is done, and by force it is', { skip }, async () => {
  await run('same');
  const { Id } = await inspect('same');
  const changes = () => opened.engine.requests.filter((line) => !/^GET |images\/create/.test(line)).length;
  const before = changes();
  const answer = await update('same');
  assert.deepEqual([answer.outcome, answer.after, answer.steps], ['unchanged', answer.before, ['pull']]);
  assert.equal(changes(), before);
  assert.equal((await inspect('same')).Id, Id);
  const forced = await update('same', { force: true, pull: false });
  assert.deepEqual(forced.steps, [
    ...['create', 'setAside', 'takeName', 'stop', 'start', 'watch', 'removeOld'],
  ]);
  assert.notEqual((await inspect('same')).Id, Id);
});

test('another tag can be asked for, and one that does not run is not started', { skip }, async () => {
  await run('moves');
  await docker('stop', '-t', '0', 'moves');
  const image = opened.registry.push({ name: 'moves', tag: '2', config: { ...sleeps, Labels: { v: '2' } } });
  const answer = await update('moves', { image });
  assert.deepEqual(
    [answer.outcome, answer.before.state, answer.after.state],
    ['updated', 'exited', 'created'],
  );
  assert.equal((await inspect('moves')).Config.Image, image);
});

for (const [what, config, reason] of [
  ['dies at once', { Cmd: ['sh', '-c', 'echo I am broken; exit 3'] }, /ended with 3/],
  [
    'turns unhealthy',
    { ...sleeps, Healthcheck: { Test: ['CMD', 'false'], Interval: 2e8, Retries: 2 } },
    /health/,
  ],
  [
    'is never healthy',
    { ...sleeps, Healthcheck: { Test: ['CMD', 'false'], Interval: 1e9, Retries: 99 } },
    /within 2 s/,
  ],
  ['cannot be started', { Cmd: ['/no/such'] }, /no such file/],
] as const) {
  test(`a new one that ${what} makes room for the old one again`, { skip }, async () => {
    const name = what.replaceAll(' ', '-');
    await run(name);
    const old = await inspect(name);
    push(name, config);
    const answer = await update(name);
    assert.equal(answer.outcome, 'rolledBack');
    assert.match(answer.reason, reason);
    const now = await inspect(name);
    assert.deepEqual([now.Id, now.State.Status, answer.after.id], [old.Id, 'running', old.Id]);
    assert.deepEqual(answer.after.image, answer.before.image);
    assert.deepEqual(answer.lastLines, what === 'dies at once' ? ['I am broken'] : undefined);
    await noLeftovers();
  });
}

test('what cannot be made anew without harm is refused with the reason, and stays as it is', {
  skip,
}, async () => {
  await run('brief', sleeps, '--rm');
  await run('shared');
  await docker('run', '-d', '--network', 'container:shared', '--name', 'guest', 'box:1', 'sleep', '3600');
  await known('guest');
  await run('kept-safe');
  await run('of-swarm', sleeps, '--label', 'com.docker.swarm.task.id=x');
  await run('paused');
  await docker('pause', 'paused');
  const before = opened.engine.requests.filter((line) => !line.startsWith('GET ')).length;
  for (const [name, detail, code] of [
    ['brief', /--rm/, 'container_refused'],
    ['shared', /'guest' would lose it/, 'container_refused'],
    ['kept-safe', /protected_names/, 'container_refused'],
    ['of-swarm', /swarm/, 'container_refused'],
    ['paused', /paused/, 'arguments_invalid'],
    ['nobody', /no container/, 'not_found'],
  ] as const) {
    await assert.rejects(update(name), { code, detail });
  }
  await assert.rejects(update('shared', { image: 'a@b' }), { code: 'container_refused' });
  assert.equal(opened.engine.requests.filter((line) => !line.startsWith('GET ')).length, before);
});

test('whoever is narrowed to other containers updates none but those', { skip }, async () => {
  await run('others');
  const { Id } = await inspect('others');
  const narrowed = (narrowing: object) =>
    opened.ask(updateContainer, { container: 'others', pull: false, force: true }, ['docker'], narrowing);
  await assert.rejects(narrowed({ 'docker:manage': ['web-*', 'label:x'] }), {
    code: 'container_refused',
    hint: /whoami/,
  });
  await assert.rejects(narrowed({ 'docker:manage': ['web-*'], 'docker:read': ['web-*'] }), {
    code: 'not_found',
  });
  assert.equal((await inspect('others')).Id, Id);
});

test('an image that is not there leaves everything as it is', { skip }, async () => {
  await run('stays');
  const { Id } = await inspect('stays');
  await assert.rejects(update('stays', { image: `${opened.registry.address}/stays:none` }), {
    code: 'not_found',
  });
  await assert.rejects(update('stays', { image: 'nowhere:1', pull: false }), {
    code: 'not_found',
    hint: /pull/,
  });
  const { Id: now, State } = await inspect('stays');
  assert.deepEqual([now, State.Status], [Id, 'running']);
  await noLeftovers();
});

test('a pull that is cancelled leaves the old one running', { skip }, async () => {
  const image = await run('waits');
  const { Id } = await inspect('waits');
  opened.registry.push({
    name: 'waits',
    tag: '1',
    layer: Buffer.concat([opened.layer, Buffer.alloc(1 << 18)]),
    config: sleeps,
  });
  opened.registry.hold();
  const cancel = new AbortController();
  let told = 0;
  const answer = Promise.resolve(
    (updateContainer as unknown as Tool).run(
      { container: 'waits' },
      {
        ...contextOf(opened.host, ['docker'], Date.now()),
        signal: cancel.signal,
        progress: (done) => {
          told = done;
        },
      },
    ),
  );
  answer.catch(() => {});
  await until(`a part of ${image} has come`, () => told > 1000);
  cancel.abort(new Error('enough'));
  await assert.rejects(answer, { message: 'enough' });
  opened.registry.release();
  const { Id: now, State } = await inspect('waits');
  assert.deepEqual([now, State.Status], [Id, 'running']);
  await noLeftovers();
});

test('while an update is under way another change of the container is refused', { skip }, async () => {
  await run('busy');
  push('busy', { ...sleeps, Labels: { v: '2' } });
  const first = update('busy');
  await until('it is under way', () =>
    opened.engine.requests.some((line) => line.includes('name=busy.system')),
  );
  await assert.rejects(update('busy'), { code: 'busy' });
  await first;
});

test('an engine that is killed on the way leaves what the next update mends', { skip }, async () => {
  await run('survives', { ...sleeps, Volumes: { '/data': {} } });
  await docker('exec', 'survives', 'sh', '-c', 'echo precious > /data/file');
  const image = push('survives', { ...sleeps, Labels: { v: '2' } });
  await docker('pull', '-q', image);
  const { engine } = opened;
  let ended: Promise<void> | undefined;
  engine.cut = (moment, request) => {
    if (moment === 'before' && request.includes('/start')) ended ??= engine.stop('SIGKILL');
    return ended !== undefined;
  };
  await assert.rejects(update('survives', { pull: false }), {
    code: 'unavailable',
    detail: /Nothing is lost/,
    hint: /next update_container/,
  });
  engine.cut = undefined;
  await ended;
  await engine.start();
  await until('the engine is known again', () => opened.docker.list().catch(() => false));
  const answer = await update('survives', { pull: false });
  assert.deepEqual([answer.mended, answer.outcome, answer.after.state], ['putBack', 'updated', 'running']);
  assert.equal(await docker('exec', 'survives', 'cat', '/data/file'), 'precious');
  await noLeftovers();
});

test('every request is in the list of calls', { skip }, () => {
  opened.onlyListed();
});
