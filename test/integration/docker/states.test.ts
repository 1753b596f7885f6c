/** A real engine that is absent, stopped, out of reach, frozen and back, as the tools tell of it. */

import assert from 'node:assert/strict';
import { chmodSync, linkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { type HostHandle, openHost } from '../../../src/host/host.ts';
import { getContainer } from '../../../src/tools/read/container.ts';
import { listContainers } from '../../../src/tools/read/containers.ts';
import { answerOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { startEngine, type TestEngine, withoutEngine } from './engine.ts';

const skip = withoutEngine;
let engine: TestEngine;
before(async () => {
  if (skip) return;
  engine = await startEngine();
  await engine.docker('run', '-d', '--network', 'none', '--name', 'one', 'box:1', 'sleep', '3600');
});
after(() => engine?.close());

async function hostAt(t: TestContext, socketPath: string): Promise<HostHandle> {
  const host = await openHost({
    machine: liveMachine(),
    clock: systemClock,
    onTrouble: () => {},
    docker: { socketPath, rules: () => ({ protectedNames: [], protectedLabels: [] }) },
  });
  t.after(() => host.close());
  return host;
}

const list = (host: HostHandle) => answerOf(listContainers, host, {}, ['docker:read'], Date.now());
const one = (host: HostHandle) => answerOf(getContainer, host, { container: 'one' }, ['docker:read']);

test('absent: the socket that is looked for is named', { skip }, async (t) => {
  const place = join(dirname(engine.socket), 'none.sock');
  await assert.rejects(list(await hostAt(t, place)), {
    code: 'unavailable',
    detail: `There is no Docker engine here: ${place} does not exist.`,
    hint: /docker\.socket_path/,
  });
});

test('stopped: nobody listens on the socket that is there', { skip }, async (t) => {
  const place = join(dirname(engine.socket), 'left.sock');
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer().listen(place, resolve);
  await promise;
  // As a killed engine leaves it.
  const left = join(dirname(engine.socket), 'left-over.sock');
  linkSync(place, left);
  server.close();
  t.after(() => rmSync(left));
  await assert.rejects(list(await hostAt(t, left)), {
    code: 'unavailable',
    detail: /stopped: nothing listens/,
    hint: /systemctl start docker/,
  });
});

test('out of reach: the group that has it is named', { skip }, async (t) => {
  chmodSync(dirname(engine.socket), 0o755);
  process.seteuid?.(65_534);
  try {
    await assert.rejects(list(await hostAt(t, engine.socket)), {
      code: 'permission_denied',
      detail: /is open to the group \w+ alone/,
      hint: /docker\.conf/,
    });
  } finally {
    process.seteuid?.(0);
  }
});

test('frozen: what is in memory is told, what must be asked is said to hang', { skip }, async (t) => {
  const host = await hostAt(t, engine.socket);
  assert.equal((await list(host)).matching, 1);
  process.kill(engine.pid, 'SIGSTOP');
  try {
    assert.equal((await list(host)).matching, 1);
    await assert.rejects(one(host), { code: 'deadline_exceeded', hint: /systemctl status docker/ });
  } finally {
    process.kill(engine.pid, 'SIGCONT');
  }
  assert.equal((await one(host)).name, 'one');
});

test('restarting: that is said while it lasts, and over when the engine is back', { skip }, async (t) => {
  const host = await hostAt(t, engine.socket);
  await list(host);
  await engine.stop();
  await until('the end is noticed', () =>
    list(host).then(
      () => false,
      ({ code, hint }) => code === 'unavailable' && hint !== undefined,
    ),
  );
  await assert.rejects(one(host), { code: 'unavailable', hint: /docker/ });
  await engine.start();
  await until('the engine is back', () =>
    list(host).then(
      ({ matching }) => matching === 1,
      () => false,
    ),
  );
});
