import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../src/base/errors.ts';
import { openChangeLock } from '../../../src/host/docker/change-lock.ts';
import { type ContainerFacts, containerFacts } from '../../../src/host/docker/container-facts.ts';
import { type ChangeWish, openManage } from '../../../src/host/docker/manage.ts';
import { reachOf } from '../../../src/host/docker/reach.ts';

const id = 'd'.repeat(64);
const inState = (Status: string): ContainerFacts =>
  containerFacts({ Id: id, Name: '/web', State: { Status } }) ?? assert.fail();

function open({
  state,
  removed = false,
  protectedBy,
  ask = async () => undefined,
}: {
  state: string | undefined;
  removed?: boolean;
  protectedBy?: string;
  ask?: () => Promise<undefined>;
}) {
  const asked: unknown[] = [];
  const looks = [state, removed ? undefined : state].map((one) =>
    one === undefined ? undefined : inState(one),
  );
  const change = openManage({
    engine: {
      ask(call, { query } = {}) {
        asked.push([call, query]);
        return ask();
      },
    },
    roster: { find: async () => inState('running'), recheck: async () => looks.shift() },
    protection: () => protectedBy,
    lock: openChangeLock(),
    settle: async () => {},
  });
  return {
    asked,
    change(
      action: ChangeWish['action'],
      within?: readonly string[],
      scopes = ['docker:read', 'docker:manage'],
    ) {
      const narrowing = within && { narrowing: { 'docker:manage': within } };
      return change(
        { container: 'web', action, graceSeconds: 10, signal: 'KILL' },
        reachOf({ has: (scope) => scopes.includes(scope), ...narrowing }),
      );
    },
  };
}

test('each action is one call of the engine, with its time or its signal', async () => {
  for (const [action, state, call] of [
    ['start', 'exited', ['startContainer', {}]],
    ['stop', 'running', ['stopContainer', { t: 10 }]],
    ['restart', 'exited', ['restartContainer', { t: 10 }]],
    ['pause', 'running', ['pauseContainer', {}]],
    ['unpause', 'paused', ['unpauseContainer', {}]],
    ['kill', 'running', ['killContainer', { signal: 'SIGKILL' }]],
  ] as const) {
    const { asked, change } = open({ state });
    assert.equal((await change(action)).asked, true);
    assert.deepEqual(asked, [call]);
  }
});

test('what is so already is left as it is', async () => {
  for (const [action, state] of [
    ['start', 'running'],
    ['stop', 'exited'],
    ['stop', 'created'],
    ['pause', 'paused'],
    ['unpause', 'running'],
  ] as const) {
    const { asked, change } = open({ state });
    assert.equal((await change(action)).asked, false);
    assert.deepEqual(asked, []);
  }
});

test('what its state does not allow is refused before the engine is asked', async () => {
  for (const [action, state] of [
    ['start', 'paused'],
    ['pause', 'exited'],
    ['unpause', 'exited'],
    ['kill', 'exited'],
    ['restart', 'removing'],
  ] as const) {
    const { asked, change } = open({ state });
    await assert.rejects(change(action), { code: 'arguments_invalid' }, `${action} ${state}`);
    assert.deepEqual(asked, []);
  }
});

test('a protected one is refused with the reason, and one that is gone is not found', async () => {
  const kept = open({ state: 'running', protectedBy: 'this daemon runs in it' });
  await assert.rejects(kept.change('stop'), { code: 'container_refused', detail: /this daemon runs in it/ });
  assert.deepEqual(kept.asked, []);
  await assert.rejects(open({ state: undefined }).change('stop'), { code: 'not_found' });
});

test('one that is removed when it ends has no state after', async () => {
  const { change } = open({ state: 'running', removed: true });
  assert.equal('after' in (await change('stop')), false);
});

test('while one change is under way another one is refused', async () => {
  const engine = Promise.withResolvers<undefined>();
  const { asked, change } = open({ state: 'running', ask: () => engine.promise });
  const first = change('stop');
  await assert.rejects(change('kill'), { code: 'busy' });
  engine.resolve(undefined);
  await first;
  assert.equal(asked.length, 1);
});

test('an engine that is lost after it did it is told apart from one that did nothing', async () => {
  const lost = new Problem('unavailable', { detail: 'The engine is gone.' });
  let looks = 0;
  const change = openManage({
    engine: { ask: async () => undefined },
    roster: {
      find: async () => inState('running'),
      async recheck() {
        looks += 1;
        if (looks > 1) throw lost;
        return inState('running');
      },
    },
    protection: () => undefined,
    lock: openChangeLock(),
    settle: async () => {},
  });
  const wish = { container: 'web', action: 'stop', graceSeconds: 1, signal: 'KILL' } as const;
  await assert.rejects(change(wish, reachOf({ has: () => true })), {
    code: 'unavailable',
    detail: 'The engine did it (stop), and what came of it cannot be seen: The engine is gone.',
    hint: /get_container/,
  });
});

test('a narrowed caller changes only what it is narrowed to, and hears of others only where it may see them', async () => {
  const { asked, change } = open({ state: 'running' });
  await assert.rejects(change('stop', ['db', 'we']), { code: 'container_refused', hint: /whoami/ });
  assert.deepEqual(asked, []);
  await assert.rejects(change('stop', ['db'], ['docker:manage']), { code: 'not_found' });
  assert.deepEqual(asked, []);
  assert.equal((await open({ state: 'running' }).change('stop', ['db', 'w*'])).asked, true);
});
