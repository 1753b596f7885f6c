/** A token whose docker:read is narrowed: what lies outside is in no answer, and is answered as what does not exist. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Scope } from '../../src/auth/scopes.ts';
import { Problem } from '../../src/base/errors.ts';
import type { Programs } from '../../src/base/run-program.ts';
import type { Crew } from '../../src/host/crew.ts';
import type { Host } from '../../src/host/host.ts';
import { openUnits } from '../../src/host/units.ts';
import { manageContainer } from '../../src/tools/change/container.ts';
import { getContainer } from '../../src/tools/read/container.ts';
import { getContainerLogs } from '../../src/tools/read/container-logs.ts';
import { getContainerStats } from '../../src/tools/read/container-stats.ts';
import { listContainers } from '../../src/tools/read/containers.ts';
import { listDockerNetworks } from '../../src/tools/read/docker-networks.ts';
import { getDockerUsage } from '../../src/tools/read/docker-usage.ts';
import { listImages } from '../../src/tools/read/images.ts';
import { getStack } from '../../src/tools/read/stack.ts';
import { getUnit } from '../../src/tools/read/unit.ts';
import { listUnits } from '../../src/tools/read/units.ts';
import { listVolumes } from '../../src/tools/read/volumes.ts';
import { type FrozenHost, openFrozenHost } from '../host/frozen-host.ts';
import { answerOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

/** A machine on which systemd itself keeps the processes of shop-web-1 together. */
function withScope(): Host {
  const unit = 'docker-4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170.scope';
  const row = { unit, load: 'loaded', active: 'active', sub: 'running', description: 'a container' };
  const programs: Programs = {
    async run({ args }) {
      const said =
        args[0] === 'show' ? `Id=${args.at(-1)}\nLoadState=loaded\nActiveState=active\n` : undefined;
      return { stdout: said ?? JSON.stringify([row]), stderr: '', exitCode: 0, cut: false };
    },
    stream: () => assert.fail('nothing is streamed'),
  };
  return { ...frozen.host, units: openUnits(programs, {} as Crew) };
}

/** Of the frozen machine's containers shop-web-1, shop-db-1 and backup. */
const ask = (tool: unknown, args: Record<string, unknown>, ...objects: string[]) =>
  answerOf(tool, frozen.host, args, ['docker'], frozen.clock.now(), { 'docker:read': objects });

const namesIn = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name).sort();

/** Beginnings of ids as well. */
const tracesOfShop = /shop|nginx|4c01db0b339c|9be1a3c5d7f9|5a5a5a5a/;
const seesNoShop = (answer: unknown): void => assert.doesNotMatch(JSON.stringify(answer), tracesOfShop);

/** What is refused, with the name of what was asked for taken out. */
async function refusalOf(asked: Promise<unknown>, name: string): Promise<unknown> {
  const thrown = await asked.then(
    (answer) => assert.fail(JSON.stringify(answer)),
    (problem: unknown) => problem,
  );
  assert.ok(thrown instanceof Problem, String(thrown));
  return JSON.parse(JSON.stringify([thrown.code, thrown.detail, thrown.hint]).replaceAll(name, 'NAME'));
}

test('list_containers: only those, counted by themselves, by name or by label', async () => {
  const shop = await ask(listContainers, {}, 'shop-*');
  assert.deepEqual(namesIn(shop.containers), ['shop-db-1', 'shop-web-1']);
  assert.deepEqual([shop.matching, shop.byState], [2, { running: 2 }]);
  const ops = await ask(listContainers, {}, 'label:owner=ops');
  assert.deepEqual([namesIn(ops.containers), ops.matching, ops.byState], [['backup'], 1, { exited: 1 }]);
  seesNoShop(ops);
  const none = await ask(listContainers, {}, 'nothing-*');
  assert.deepEqual([none.matching, none.byState, none.containers], [0, {}, []]);
});

test('what names one container says of another one what it says of none', async () => {
  for (const [tool, args] of [
    [getContainer, (container: string) => ({ container })],
    [getContainerLogs, (container: string) => ({ container })],
    [getContainerStats, (container: string) => ({ containers: [container] })],
  ] as const) {
    const absent = await refusalOf(ask(tool, args('no-such-thing'), 'backup'), 'no-such-thing');
    for (const outside of ['shop-web-1', '4c01db0b339c']) {
      assert.deepEqual(await refusalOf(ask(tool, args(outside), 'backup'), outside), absent, outside);
    }
    seesNoShop(absent);
  }
});

test('near names and beginnings of ids are looked for among those alone', async () => {
  await assert.rejects(ask(getContainer, { container: 'shop' }, 'shop-db-*'), {
    code: 'not_found',
    hint: "Did you mean 'shop-db-1'?",
  });
  assert.equal((await ask(getContainer, { container: '9b' }, 'shop-db-*')).name, 'shop-db-1');
});

test('get_container_stats: sums and rows are of those', async () => {
  const one = await ask(getContainerStats, {}, 'shop-web-*');
  assert.deepEqual([one.running, namesIn(one.containers)], [1, ['shop-web-1']]);
  assert.equal(one.memoryBytes, one.containers[0].memoryBytes);
  const none = await ask(getContainerStats, {}, 'backup');
  assert.equal(none.running, 0);
  seesNoShop(none);
});

test('get_stack: a project is what is seen of it, and one that is not seen is none', async () => {
  const { projects } = await ask(getStack, {}, 'shop-db-*');
  assert.deepEqual(projects, [{ project: 'shop', services: 1, containers: 1, running: 1, unhealthy: 1 }]);
  const { containers, ports } = await ask(getStack, { project: 'shop' }, 'shop-db-*');
  assert.deepEqual([namesIn(containers), ports], [['shop-db-1'], []]);
  seesNoShop(await ask(getStack, {}, 'backup'));
  const absent = await refusalOf(ask(getStack, { project: 'none' }, 'backup'), 'none');
  assert.deepEqual(await refusalOf(ask(getStack, { project: 'shop' }, 'backup'), 'shop'), absent);
});

test('images, networks and volumes are those that they use, and nobody else is named as a user', async () => {
  const images = await ask(listImages, {}, 'backup');
  assert.deepEqual([images.matching, images.images[0].usedBy], [1, ['backup']]);
  seesNoShop(images);
  assert.equal((await ask(listImages, { unused: true }, 'backup')).matching, 0);
  const networks = await ask(listDockerNetworks, {}, 'backup');
  assert.deepEqual(namesIn(networks.networks), ['bridge']);
  seesNoShop(networks);
  for (const sizes of [false, true]) {
    const volumes = await ask(listVolumes, { sizes }, 'backup');
    assert.equal(volumes.matching, 0);
    seesNoShop(volumes);
    assert.deepEqual(namesIn((await ask(listVolumes, { sizes }, 'shop-*')).volumes), ['shop_data']);
  }
});

test('get_docker_usage is of all together, and so refused with what can be asked instead', async () => {
  await assert.rejects(ask(getDockerUsage, {}, '*'), { code: 'scope_missing', hint: /list_images/ });
});

test('manage_container: what may neither be seen nor changed does not exist', async () => {
  const manage = (container: string) =>
    answerOf(manageContainer, frozen.host, { container, action: 'stop' }, ['docker'], 0, {
      'docker:read': ['backup'],
      'docker:manage': ['shop-db-*'],
    });
  const absent = await refusalOf(manage('shop-wxy-1'), 'shop-wxy-1');
  assert.deepEqual(await refusalOf(manage('shop-web-1'), 'shop-web-1'), absent);
  // Seen, and none of those that it may change.
  await assert.rejects(manage('backup'), { code: 'container_refused', hint: /whoami/ });
});

test('units that are named after a container are told of to those who see it', async () => {
  const host = withScope();
  const unit = 'docker-4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170.scope';
  const monitor: Scope[] = ['monitor'];
  const reader: Scope[] = ['monitor', 'docker:read'];
  for (const [scopes, object] of [
    [reader, undefined],
    [reader, 'shop-web-*'],
  ] as const) {
    const narrowing = object === undefined ? {} : { 'docker:read': [object] };
    const { units, withheld } = await answerOf(listUnits, host, {}, [...scopes], 0, narrowing);
    assert.deepEqual([units.length, withheld], [1, undefined]);
    assert.equal((await answerOf(getUnit, host, { unit, lines: 0 }, [...scopes], 0, narrowing)).unit, unit);
  }
  for (const [scopes, says] of [
    [monitor, 'the units of containers: docker:read'],
    [reader, 'the units of containers but for those that docker:read is narrowed to'],
  ] as const) {
    const narrowing = { 'docker:read': ['backup'] };
    const answer = await answerOf(listUnits, host, {}, [...scopes], 0, narrowing);
    assert.deepEqual([answer.units, answer.states, answer.withheld], [[], [], [says]]);
    await assert.rejects(answerOf(getUnit, host, { unit, lines: 0 }, [...scopes], 0, narrowing), {
      code: 'not_found',
      hint: /^list_units lists/,
    });
  }
});
