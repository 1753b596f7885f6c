/** One container of a real engine, as get_container and the docker command see it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { getContainer } from '../../../src/tools/read/container.ts';
import { listProcesses } from '../../../src/tools/read/processes.ts';
import { until } from '../../until.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
before(async () => {
  if (!skip) opened = await openEngine();
});
after(() => opened?.close());

const inspect = async (name: string) => JSON.parse(await opened.engine.docker('inspect', name))[0];
const get = (container: string, detail?: string) =>
  opened.ask(getContainer, { container, ...(detail === undefined ? {} : { detail }) });
/** The list may be a moment behind the engine. */
const known = (name: string) => until(`${name} is known`, () => opened.docker.find(name).catch(() => false));

test('a running container is as the engine has it', { skip }, async () => {
  await opened.engine.docker('volume', 'create', 'data');
  await opened.run(
    'web',
    [
      ...[
        '--restart',
        'on-failure:5',
        '--user',
        '1:1',
        '--cap-drop',
        'ALL',
        '--cap-add',
        'CHOWN',
        '--read-only',
      ],
      ...['--memory', '64m', '--cpus', '0.5', '--pids-limit', '50', '--tmpfs', '/scratch'],
      ...['-v', 'data:/data', '-v', '/etc:/host-etc:ro', '--label', 'com.docker.compose.project=shop'],
      ...['-e', 'MODE=quick', '-e', 'DB_PASSWORD=hunter2hunter2', '--label', 'api.token=abcdefgh12345678'],
    ],
    'sleep',
    '3600',
  );
  await known('web');
  const said = await inspect('web');
  const answer = await get('web', 'detailed');
  assert.equal(answer.id, said.Id);
  assert.equal(answer.state, 'running');
  assert.equal(answer.pid, said.State.Pid);
  assert.equal(answer.command, 'sleep 3600');
  assert.equal(answer.imageId, said.Image);
  assert.equal(answer.restartPolicy, 'on-failure:5');
  assert.equal(answer.startedAt, new Date(said.State.StartedAt).toISOString());
  assert.equal(answer.user, '1:1');
  assert.equal(answer.readOnlyRoot, true);
  assert.deepEqual(
    answer.capabilities.map((one: string) => one.replace('CAP_', '')),
    ['+CHOWN', '-ALL'],
  );
  assert.equal(answer.project, 'shop');
  assert.equal(answer.limits.memoryBytes, 64 * 1024 * 1024);
  assert.equal(answer.limits.cpuCores, 0.5);
  assert.equal(answer.limits.pids, 50);
  assert.deepEqual(
    answer.mounts.toSorted((a: { destination: string }, b: { destination: string }) =>
      a.destination < b.destination ? -1 : 1,
    ),
    [
      { type: 'volume', source: 'data', destination: '/data', readOnly: false },
      { type: 'bind', source: '/etc', destination: '/host-etc', readOnly: true },
      { type: 'tmpfs', destination: '/scratch', readOnly: false },
    ],
  );
  assert.deepEqual(
    answer.networks.map(({ name }: { name: string }) => name),
    ['none'],
  );
});

test('its cgroup is the one that the kernel says', { skip }, async () => {
  const { pid, cgroup, id } = await get('web');
  assert.ok(cgroup.includes(id));
  assert.ok(readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(cgroup));
});

test('its processes are those that the docker command names, and list_processes finds the same', {
  skip,
}, async () => {
  await opened.run('several', [], 'sh', '-c', 'sleep 3600 & sleep 3600 & wait');
  await known('several');
  await until('all have started', async () => (await get('several')).processes === 3);
  const { pid, pids } = await get('several');
  const said = (await opened.engine.docker('top', 'several', '-o', 'pid')).split('\n').slice(1).map(Number);
  assert.deepEqual(
    pids,
    said.sort((a, b) => a - b),
  );
  assert.ok(pids.includes(pid));
  const { processes } = await opened.ask(listProcesses, { container: 'several' }, ['monitor', 'docker']);
  assert.deepEqual(processes.map((one: { pid: number }) => one.pid).sort(), [...pids].sort());
});

test('secrets in environment and labels do not leave the host', { skip }, async () => {
  const answer = await get('web', 'detailed');
  assert.ok(answer.environment.includes('MODE=quick'));
  assert.ok(answer.environment.some((line: string) => /^DB_PASSWORD=‹secret:/.test(line)));
  assert.doesNotMatch(JSON.stringify(answer), /hunter2|abcdefgh12345678/);
  assert.equal(answer.secretsHidden, 2);
});

test('the short answer has neither environment nor labels', { skip }, async () => {
  const answer = await get('web');
  assert.equal('environment' in answer || 'labels' in answer, false);
});

test('a container that failed says how, in words', { skip }, async () => {
  await opened.run('fails', [], 'sh', '-c', 'exit 3');
  await opened.run('killed', [], 'sleep', '3600');
  await opened.engine.docker('kill', 'killed');
  await assert.rejects(opened.run('nothing', [], '/no/such/program'));
  for (const name of ['fails', 'killed'])
    await until(`${name} has ended`, async () => {
      await known(name);
      return (await get(name)).state === 'exited';
    });
  assert.equal((await get('fails')).exitCode, 3);
  const killed = await get('killed');
  assert.equal(killed.exitCode, 137);
  assert.match(killed.exitMeaning, /SIGKILL/);
  assert.equal('pid' in killed || 'cgroup' in killed, false);
  await known('nothing');
  const nothing = await get('nothing');
  assert.equal(nothing.state, 'created');
  assert.match(nothing.error, /no such file/);
});

test('an unhealthy one shows what its check said', { skip }, async () => {
  await opened.run(
    'sick',
    [
      '--health-cmd',
      'echo password=hunter2hunter2; exit 1',
      '--health-interval',
      '1s',
      '--health-retries',
      '1',
    ],
    'sleep',
    '3600',
  );
  await known('sick');
  await until('it is unhealthy', async () => (await get('sick')).health === 'unhealthy');
  const { failingStreak, checks } = await get('sick');
  assert.ok(failingStreak > 0);
  assert.equal(checks.at(-1).exitCode, 1);
  assert.match(checks.at(-1).output, /^password=‹secret:[0-9a-f]{4}›$/);
});

test('a protected one says why, and one that is gone is not found', { skip }, async () => {
  await opened.engine.docker('create', '--name', 'kept-1', 'box:1', 'true');
  await known('kept-1');
  assert.match((await get('kept-1')).protected, /protected_names/);
  await assert.rejects(get('kept-2'), { code: 'not_found', hint: /kept-1/ });
});

test('only reads of the list were made', { skip }, () => opened.onlyReads());

test('one that the kernel killed for want of memory is said to be', { skip }, async () => {
  await opened.run('hungry', ['--memory', '8m'], 'sh', '-c', 'x=0123456789abcdef; while :; do x=$x$x; done');
  await until('it has ended', async () => (await inspect('hungry')).State.Status === 'exited');
  await until('that is known', async () => (await opened.docker.find('hungry')).state === 'exited');
  const answer = await get('hungry');
  assert.deepEqual([answer.exitCode, answer.oomKilled], [137, true]);
  assert.match(answer.exitMeaning, /out of memory/);
});
