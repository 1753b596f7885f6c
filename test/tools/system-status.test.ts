import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Scope } from '../../src/auth/scopes.ts';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { getSystemStatus } from '../../src/tools/read/system-status.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { copyMachine, type FrozenHost, openFrozenHost, until } from '../host/frozen-host.ts';
import { stillClock } from '../still-clock.ts';
import { answerOf, contextOf } from './answering.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

const container = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';

test('by default every section but the cores is answered', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, {});
  const sections = 'system uptime cpu load memory swap pressure mounts network processes'.split(' ');
  assert.deepEqual(
    Object.keys(answer).sort(),
    [...sections, 'host', 'intervalMs', 'sampledAt', 'withheld'].sort(),
  );
  assert.equal(answer.host, 'debian-vm');
});

test('the default answer fits into 8 KiB', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, {}, ['monitor', 'docker:read']);
  assert.ok(JSON.stringify(answer).length < 8192);
});

test('only the sections that were asked for are answered', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, { sections: ['cores', 'load'] });
  assert.deepEqual(Object.keys(answer).sort(), ['cores', 'host', 'intervalMs', 'load', 'sampledAt']);
  assert.equal(answer.cores.length, 2);
});

test('without docker:read no container shows, neither by id nor by the name of its unit, and that is said', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, {});
  assert.equal(JSON.stringify(answer).includes(container), false);
  assert.deepEqual(answer.withheld, ['the containers of processes: docker:read']);
  const [postgres, nginx] = answer.processes.byCpu;
  assert.deepEqual(postgres, {
    pid: 901,
    name: 'postgres',
    uid: 999,
    user: 'unknown',
    cpuPercent: 30,
    rssBytes: 213_401_600,
  });
  assert.equal(nginx.unit, 'nginx.service');
});

test('with docker:read the container shows and nothing is withheld', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, {}, ['monitor', 'docker']);
  const [postgres] = answer.processes.byCpu;
  assert.deepEqual([postgres.containerId, postgres.container], ['4c01db0b339c', 'shop-web-1']);
  assert.equal('withheld' in answer, false);
});

test('an answer without a container is the same for all until something new is sampled', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  const clock = stillClock();
  const host = await openHost({ machine, clock, onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  const ask = (sections: readonly ('load' | 'memory')[], scopes: readonly Scope[] = ['monitor']) =>
    (getSystemStatus as Tool).run({ sections }, contextOf(host, scopes, 0)) as {
      load: { oneMinute: number };
    };
  const first = ask(['load', 'memory']);
  assert.equal(ask(['load', 'memory'], ['monitor', 'docker']), first);
  assert.notEqual(ask(['load']), first);
  writeFileSync(join(machine.proc, 'loadavg'), '77.25 7.50 7.75 1/100 4242\n');
  await until(() => ask(['load', 'memory']).load.oneMinute === 77.25);
});

test('nothing is withheld that was not asked for', async () => {
  const answer = await answerOf(getSystemStatus, frozen.host, { sections: ['cpu'] });
  assert.equal('withheld' in answer, false);
});

test('hostile names are cleaned and cut', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  const process = join(machine.proc, '666');
  mkdirSync(process);
  const name = '\u001b[31mred\u0007\u202e';
  writeFileSync(
    join(process, 'stat'),
    `666 (${name}) R 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 100 0 99999999 0\n`,
  );
  writeFileSync(join(process, 'cgroup'), `0::/system.slice/${'x'.repeat(2000)}.service\n`);
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  await until(() => host.system.status(['processes']).unavailable.length === 0);
  const [row] = (await answerOf(getSystemStatus, host, {})).processes.byMemory;
  assert.equal(row.pid, 666);
  assert.equal(row.name, 'red');
  assert.equal(row.unit.length, 255);
});

test('on this machine the whole answer keeps its schema', async (t) => {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  const sections = ['system', 'cores', 'processes', 'mounts', 'network', 'pressure'];
  const answer = await answerOf(getSystemStatus, host, { sections }, ['admin']);
  assert.ok(answer.cores.length > 0);
});

test('100 calls at once trigger no sample', async (t) => {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  const taken = host.samplesTaken();
  // Nothing is awaited in between, so the clock cannot sample either.
  await Promise.all(
    Array.from({ length: 100 }, () => getSystemStatus.run({}, { host, grant: { has: () => true } } as never)),
  );
  assert.equal(host.samplesTaken(), taken);
});
