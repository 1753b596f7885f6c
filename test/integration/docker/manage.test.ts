/** Changes to containers of a real engine, as manage_container makes them and the docker command sees them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openEngine as openSocket } from '../../../src/host/docker/engine.ts';
import { manageContainer } from '../../../src/tools/change/container.ts';
import { until } from '../../until.ts';
import { ask, auditOf, makeHome, mint, startDaemon } from '../daemon.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
before(async () => {
  if (!skip) opened = await openEngine();
});
after(() => opened?.close());

const manage = (container: string, action: string, more: object = {}) =>
  opened.ask(manageContainer, { container, action, ...more });
const stateOf = (name: string) => opened.engine.docker('inspect', '-f', '{{.State.Status}}', name);
const known = (name: string) => until(`${name} is known`, () => opened.docker.find(name).catch(() => false));
const changes = () => opened.engine.requests.filter((line) => !line.startsWith('GET '));

test('a container goes through all of its states, and each answer has the one before and after', {
  skip,
}, async () => {
  await opened.run('web', [], 'sleep', '3600');
  await known('web');
  for (const [action, before, after] of [
    ['pause', 'running', 'paused'],
    ['unpause', 'paused', 'running'],
    ['restart', 'running', 'running'],
    ['stop', 'running', 'exited'],
    ['start', 'exited', 'running'],
    ['kill', 'running', 'exited'],
  ] as const) {
    const answer = await manage(
      'web',
      action,
      action === 'stop' || action === 'restart' ? { graceSeconds: 0 } : {},
    );
    assert.deepEqual(
      [answer.changed, answer.before.state, answer.after.state],
      [true, before, after],
      action,
    );
    assert.equal(await stateOf('web'), after, action);
    if (action === 'restart') assert.notEqual(answer.before.pid, answer.after.pid);
    if (action === 'kill') assert.equal(answer.after.exitCode, 137);
  }
});

test('what is so already asks nothing of the engine', { skip }, async () => {
  const before = changes().length;
  const answer = await manage('web', 'stop');
  assert.deepEqual([answer.changed, answer.after.state], [false, 'exited']);
  assert.equal(changes().length, before);
});

test('a signal reaches the main process alone', { skip }, async () => {
  await opened.run('reloads', [], 'sh', '-c', 'trap "echo reloaded" HUP; while :; do sleep 0.1; done');
  await known('reloads');
  const { after: left } = await manage('reloads', 'kill', { signal: 'HUP' });
  assert.equal(left.state, 'running');
  await until('it has reloaded', async () =>
    (await opened.engine.docker('logs', 'reloads')).includes('reloaded'),
  );
});

test('one that has time to end ends by itself, and one that has none is killed', { skip }, async () => {
  await opened.run('polite', [], 'sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.1; done');
  await known('polite');
  assert.equal((await manage('polite', 'stop', { graceSeconds: 60 })).after.exitCode, 7);
  await opened.run('deaf', [], 'sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done');
  await known('deaf');
  assert.equal((await manage('deaf', 'stop', { graceSeconds: 0 })).after.exitCode, 137);
});

test('one that dies at its start is seen to', { skip }, async () => {
  await opened.engine.docker('create', '--name', 'dies', '--network', 'none', 'box:1', 'sh', '-c', 'exit 5');
  await known('dies');
  const answer = await manage('dies', 'start');
  assert.deepEqual(
    [answer.before.state, answer.after.state, answer.after.exitCode],
    ['created', 'exited', 5],
  );
});

test('one that cannot be started says why', { skip }, async () => {
  await opened.engine.docker('create', '--name', 'nothing', '--network', 'none', 'box:1', '/no/such/program');
  await known('nothing');
  await assert.rejects(manage('nothing', 'start'), { detail: /no such file or directory/ });
});

test('one that is removed when it ends is said to be gone', { skip }, async () => {
  await opened.run('brief', ['--rm'], 'sleep', '3600');
  await known('brief');
  const answer = await manage('brief', 'kill');
  const isGone = answer.removed === true || answer.after.state !== 'running';
  assert.ok(isGone);
  await until('it is removed', () =>
    stateOf('brief').then(
      () => false,
      () => true,
    ),
  );
});

test('protected ones are refused, by name and by label, and stay as they are', { skip }, async () => {
  await opened.run('kept-db', [], 'sleep', '3600');
  await opened.run('labelled', ['--label', 'keep=yes'], 'sleep', '3600');
  const before = changes().length;
  for (const name of ['kept-db', 'labelled']) {
    await known(name);
    await assert.rejects(manage(name, 'stop'), { code: 'container_refused', detail: /docker\.protected_/ });
    await assert.rejects(manage(name, 'kill'), { code: 'container_refused' });
    assert.equal(await stateOf(name), 'running');
  }
  assert.equal(changes().length, before);
});

test('a change that a frozen engine took may have happened, and that is said', { skip }, async (t) => {
  const way = openSocket(opened.engine.recorded);
  t.after(() => way.close());
  await opened.run('frozen', [], 'sleep', '3600');
  process.kill(opened.engine.pid, 'SIGSTOP');
  try {
    await assert.rejects(way.ask('stopContainer', { name: 'frozen', query: { t: 0 }, deadlineMs: 300 }), {
      code: 'deadline_exceeded',
      hint: /may have happened.*get_container/,
    });
  } finally {
    process.kill(opened.engine.pid, 'SIGCONT');
  }
  await until('the engine answers again', () =>
    opened.docker.list().then(
      () => true,
      () => false,
    ),
  );
});

test('every request is in the list of calls, and changes were made once each', { skip }, () => {
  opened.onlyListed();
  assert.equal(changes().filter((line) => line.includes('/pause')).length, 1);
});

test('the daemon asks for the scope, writes the intent first, and with docker.read_only has no such tool', {
  skip,
}, async (t) => {
  await opened.engine.docker('start', 'web');
  const home = makeHome();
  t.after(() => home.remove());
  const socketSetting = ['--set', `docker.socket_path=${opened.engine.recorded}`];
  const daemon = await startDaemon(home, socketSetting);
  const token = await mint(home, 'docker');
  const pause = (bearer: string) =>
    ask({
      ...{ socket: home.socket, path: '/tools/manage_container', token: bearer },
      body: JSON.stringify({ container: 'web', action: 'pause' }),
    });
  try {
    const refused = await pause(await mint(home, 'docker:read'));
    assert.deepEqual([refused.status, refused.json.error.code], [403, 'scope_missing']);
    const byGet = await ask({
      socket: home.socket,
      path: '/tools/manage_container?container=web&action=pause',
      token,
    });
    assert.equal(byGet.status, 405);
    assert.equal(await stateOf('web'), 'running');
    const narrowed = await mint(home, 'docker', [
      '--narrow',
      'docker:manage=api-*',
      '--narrow',
      'docker:manage=label:x=y',
    ]);
    assert.deepEqual((await pause(narrowed)).json.error.code, 'container_refused');
    assert.equal(await stateOf('web'), 'running');
    const done = await pause(token);
    assert.deepEqual([done.status, done.json.data.after.state], [200, 'paused']);
    assert.equal(await stateOf('web'), 'paused');
  } finally {
    await daemon.end();
  }
  const outcomes = auditOf(home)
    .filter(({ tool, code }) => tool === 'manage_container' && code === undefined)
    .map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['intent', 'intent', 'ok']);

  const reading = await startDaemon(home, [...socketSetting, '--set', 'docker.read_only=true']);
  try {
    const { status, json } = await pause(token);
    assert.deepEqual([status, json.error.code], [404, 'tool_unknown']);
    assert.match(json.error.message, /docker\.read_only is set/);
    const { tools } = (await ask({ socket: home.socket, path: '/tools', token })).json.data;
    const names = tools.map(({ name }: { name: string }) => name);
    const changing = ['manage_container', 'pull_image', 'update_container'];
    assert.deepEqual(
      ['list_containers', ...changing].filter((name) => names.includes(name)),
      ['list_containers'],
    );
  } finally {
    await reading.end();
  }
});
