import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { stillClock } from '../still-clock.ts';
import { copyMachine, openFrozenHost, until } from './frozen-host.ts';

const everything = [
  'system',
  'uptime',
  'cpu',
  'cores',
  'load',
  'memory',
  'swap',
  'pressure',
  'mounts',
  'network',
  'processes',
] as const;

async function openLive(t: TestContext) {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  t.after(() => host.close());
  return host;
}

test('when it opens two samples are there, so no rate is missing', async (t) => {
  const host = await openLive(t);
  const { intervalMs, sections } = host.system.status(['cpu', 'network']);
  assert.ok(host.samplesTaken() >= 2);
  assert.ok(intervalMs >= 90, `${intervalMs} ms`);
  assert.ok(sections.cpu !== undefined);
  const [first] = host.network.status().interfaces;
  assert.equal(typeof first?.received.bytesPerSecond, 'number');
});

test('however many ask at once, nobody triggers a sample', async (t) => {
  const host = await openLive(t);
  const taken = host.samplesTaken();
  for (let i = 0; i < 100; i++) {
    host.system.status(everything);
    host.network.status();
  }
  assert.equal(host.samplesTaken(), taken);
});

test('the sampler goes on by itself, once a second', async (t) => {
  const host = await openLive(t);
  const taken = host.samplesTaken();
  const startedMs = performance.now();
  await until(() => host.samplesTaken() >= taken + 2);
  const tookMs = performance.now() - startedMs;
  // No upper bound: a loaded machine may take its time.
  assert.ok(tookMs > 1000, `${tookMs} ms`);
});

test('an open host does not keep the process alive', () => {
  const script = `
    import { openHost } from './src/host/host.ts';
    import { systemClock } from './src/base/clock.ts';
    import { liveMachine } from './src/base/machine-root.ts';
    await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
    console.log('open');`;
  const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(said, 'open\n');
});

test('a busy child shows in the use of the CPU and among the processes', async (t) => {
  const { spawn } = await import('node:child_process');
  const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  t.after(() => busy.kill('SIGKILL'));
  const host = await openLive(t);
  const row = () =>
    host.system.status(['processes']).sections.processes?.byCpu?.find(({ pid }) => pid === busy.pid);
  await until(
    () => (row()?.cpuPercent ?? 0) > 2 && (host.system.status(['cpu']).sections.cpu?.usedPercent ?? 0) > 2,
  );
});

test('a machine without load average and pressure says so and answers the rest', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(join(machine.proc, 'loadavg'));
  rmSync(join(machine.proc, 'pressure'), { recursive: true });
  const host = await openHost({ machine, clock: stillClock(), onTrouble: () => {} });
  t.after(() => {
    host.close();
    remove();
  });
  const { sections, unavailable } = host.system.status(['load', 'pressure', 'memory', 'uptime']);
  assert.deepEqual(unavailable, [
    { section: 'load', reason: '/proc/loadavg cannot be read: ENOENT' },
    {
      section: 'pressure',
      reason: 'this kernel keeps no pressure stall information (/proc/pressure/cpu cannot be read: ENOENT)',
    },
  ]);
  assert.deepEqual(Object.keys(sections), ['uptime', 'memory']);
});

test('an empty machine opens, and every section says why it is not there', async (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  rmSync(machine.proc, { recursive: true });
  const troubles: string[] = [];
  const host = await openHost({
    machine,
    clock: stillClock(),
    onTrouble: (message) => troubles.push(message),
  });
  t.after(() => {
    host.close();
    remove();
  });
  const { sections, unavailable } = host.system.status(everything);
  assert.deepEqual(Object.keys(sections), ['system']);
  assert.equal(unavailable.length, 10);
  assert.equal(host.name, 'localhost');
  assert.throws(() => host.network.status(), { code: 'unavailable' });
  await until(() => troubles.includes('mounts cannot be read'));
});

test('what was sampled twice on a frozen machine', async (t) => {
  const { host, troubles, close } = await openFrozenHost();
  t.after(close);
  const { sections, unavailable, intervalMs, sampledAt } = host.system.status(everything);
  assert.equal(host.name, 'debian-vm');
  assert.equal(intervalMs, 1000);
  assert.equal(sampledAt, '2026-01-02T03:04:06.000Z');
  assert.deepEqual(unavailable, []);
  assert.deepEqual(troubles, []);
  assert.deepEqual(sections.cpu, {
    usedPercent: 35,
    userPercent: 20,
    systemPercent: 12.5,
    iowaitPercent: 5,
    stealPercent: 2.5,
    cores: 2,
  });
  assert.deepEqual(
    sections.cores?.map(({ core, usedPercent }) => [core, usedPercent]),
    [
      [0, 52],
      [1, 18],
    ],
  );
  assert.deepEqual(sections.uptime, { uptimeSeconds: 14_415, bootedAt: '2026-01-01T23:04:05.000Z' });
  assert.deepEqual(
    sections.mounts?.fileSystems.map(({ mountPoint, usedPercent }) => [mountPoint, usedPercent]),
    [
      ['/srv/data sets', 95],
      ['/', 39.5],
      ['/boot/efi', 4.7],
    ],
  );
  assert.deepEqual(sections.network?.busiest, [
    { name: 'eth0', receivedBytesPerSecond: 125_000, sentBytesPerSecond: 25_000 },
    { name: 'docker0', receivedBytesPerSecond: 1000, sentBytesPerSecond: 1000 },
  ]);
  assert.equal(sections.processes?.byCpu?.[0]?.cpuPercent, 30);
});
