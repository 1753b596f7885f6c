/** What containers of a real engine use, from their files and as the engine itself says it. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine, type MachineRoot } from '../../../src/base/machine-root.ts';
import { openFigures } from '../../../src/host/docker/figures.ts';
import { readPlace } from '../../../src/host/docker/place.ts';
import { openHost } from '../../../src/host/host.ts';
import { getContainerStats } from '../../../src/tools/read/container-stats.ts';
import { answerOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
before(async () => {
  if (skip) return;
  opened = await openEngine();
  await opened.run(
    'burns',
    ['--cpus', '0.2', '--memory', '64m', '--pids-limit', '40'],
    'sh',
    '-c',
    'while :; do :; done',
  );
  await opened.run('rests', ['--label', 'com.docker.compose.project=shop'], 'sleep', '3600');
  await opened.run('writes', [], 'sh', '-c', 'dd if=/dev/zero of=/f bs=1M count=8 conv=fsync; sleep 3600');
  await opened.engine.docker('create', '--name', 'new', 'box:1', 'true');
  await until('all are known', async () => (await opened.docker.list()).length === 4);
});
after(() => opened?.close());

const stats = (args: Record<string, unknown> = {}) => opened.ask(getContainerStats, args);
type Numbers = 'cpuPercent' | 'throttledPercent' | 'memoryPercent' | 'memoryBytes' | 'intervalMs';
type Row = Record<string, unknown> & Partial<Record<Numbers, number>>;
const rows = (answer: { containers: Row[] }) => new Map(answer.containers.map((row) => [row['name'], row]));

test('all that run are there, what burns most CPU first', { skip }, async () => {
  await until('rates are known', async () => rows(await stats()).get('burns')?.['cpuPercent'] !== undefined);
  const answer = await stats();
  assert.equal(answer.running, 3);
  assert.equal(answer.containers[0].name, 'burns');
  assert.ok(answer.memoryBytes > 0);
});

test('limits, and how often one is at them, are those that were set', { skip }, async () => {
  await until('it is held up', async () => (rows(await stats()).get('burns')?.['throttledPercent'] ?? 0) > 0);
  const burns = rows(await stats()).get('burns') ?? {};
  assert.equal(burns['memoryLimitBytes'], 64 * 1024 * 1024);
  assert.equal(burns['pidsLimit'], 40);
  assert.ok((burns['cpuPercent'] ?? 0) > 0 && (burns['memoryPercent'] ?? 0) < 100);
});

test('processes and memory are those of the docker command', { skip }, async () => {
  const said = await opened.engine.docker(
    'stats',
    '--no-stream',
    '--format',
    '{{.Name}} {{.PIDs}} {{.MemUsage}}',
  );
  const answer = rows(await stats());
  for (const line of said.split('\n')) {
    const [name = '', pids = '', used = ''] = line.split(' ');
    if (name !== 'rests') continue;
    assert.equal(answer.get(name)?.['pids'], Number(pids));
    const [, number = '', unit = ''] = /^([\d.]+)([KM]?i?B)$/.exec(used) ?? [];
    const bytes = Number(number) * ({ B: 1, KiB: 1024, MiB: 1024 ** 2 }[unit] ?? Number.NaN);
    assert.ok(Math.abs(bytes - (answer.get(name)?.['memoryBytes'] ?? 0)) < 1024 ** 2, line);
  }
});

test('what does not run is named, and a project is enough to ask for', { skip }, async () => {
  const answer = await stats({ containers: ['new', 'rests'] });
  assert.deepEqual(answer.notRunning, ['new']);
  assert.deepEqual([...rows(answer).keys()], ['rests']);
  assert.deepEqual([...rows(await stats({ project: 'shop' })).keys()], ['rests']);
  await assert.rejects(stats({ containers: ['rest'] }), { code: 'not_found', hint: /'rests'/ });
});

test('the engine is not asked for what the files say', { skip }, () => {
  assert.deepEqual(
    opened.engine.requests.filter((line) => line.includes('/stats')),
    [],
  );
});

test('where no files are seen the engine is asked, once and without a stream', { skip }, async (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'no-cgroups-'));
  const machine = { ...liveMachine(), sys: elsewhere };
  const host = await openHost({
    machine,
    clock: systemClock,
    onTrouble: () => {},
    docker: {
      socketPath: opened.engine.recorded,
      rules: () => ({ protectedNames: [], protectedLabels: [] }),
    },
  });
  t.after(() => {
    host.close();
    rmSync(elsewhere, { recursive: true });
  });
  const blind = await answerOf(getContainerStats, host, { containers: ['burns', 'writes'] }, ['docker:read']);
  const { burns = {}, writes = {} } = Object.fromEntries(rows(blind));
  assert.equal(burns['source'], 'engine');
  assert.ok((burns['intervalMs'] ?? 0) >= 500);
  assert.ok((burns['cpuPercent'] ?? 0) > 0);
  const seen = rows(await stats()).get('writes') ?? {};
  assert.equal(writes['pids'], seen['pids']);
  assert.ok(Math.abs((writes['memoryBytes'] ?? 0) - (seen['memoryBytes'] ?? 0)) < 1024 ** 2);
  const asked = opened.engine.requests.filter((line) => line.includes('/stats'));
  assert.equal(asked.length, 4);
  for (const line of asked) assert.match(line, /stream=false/);
});

/** Beside the controllers of version 1 a kernel has this one, which accounts CPU time without any controller. */
const unified = '/sys/fs/cgroup/unified';

test('the hierarchy of version 2 has the CPU time of version 1, and the same processes', {
  skip: skip || (existsSync(join(unified, 'cgroup.controllers')) ? false : 'needs a hybrid layout'),
}, async (t) => {
  const sys = mkdtempSync(join(tmpdir(), 'unified-'));
  t.after(() => rmSync(sys, { recursive: true }));
  mkdirSync(join(sys, 'fs'));
  symlinkSync(unified, join(sys, 'fs/cgroup'));
  const { id, pid = 0 } = await opened.docker.find('burns');
  const read = (machine: MachineRoot) => openFigures(machine)([{ id, pid, hostNetwork: false }]).get(id);
  const [before, now, later] = [read(liveMachine()), read({ ...liveMachine(), sys }), read(liveMachine())];
  // Version 2 is told of what ran up to the last tick alone.
  const slackUs = 20_000;
  assert.ok(now?.cpuUs !== undefined && now.cpuUs > 0);
  assert.ok(now.cpuUs >= (before?.cpuUs ?? 0) - slackUs && now.cpuUs <= (later?.cpuUs ?? 0) + slackUs);
  const places = [liveMachine(), { ...liveMachine(), sys }].map((machine) => readPlace(machine, id, pid));
  assert.deepEqual(places[1]?.pids, places[0]?.pids);
  assert.ok(places[1]?.pids?.includes(pid));
});

test('only reads of the list were made', { skip }, () => opened.onlyReads());
