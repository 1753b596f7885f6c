/**
 * The service as it is installed, on a Debian that is booted for it: how long it takes from its start to READY, by
 * systemd's own clock, and what it holds when it idles; beside the same code unbundled, run from its sources here.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeHome, startDaemon } from '../integration/daemon.ts';
import { bootMachine, type Machine } from '../system/machine.ts';
import { median, printTable, rssMegabytes } from './measure.ts';

const root = resolve(import.meta.dirname, '../..');
const unit = 'systemmanager-mcp.service';
const idleMs = 10_000;

interface Figures {
  readonly startMs: number[];
  readonly rssMb: number[];
}

const idle = (): Promise<void> => new Promise((done) => setTimeout(done, idleMs));

async function startInstalled(machine: Machine, { startMs, rssMb }: Figures): Promise<void> {
  machine.output('systemctl', 'restart', unit);
  const shown = machine.output(
    ...['systemctl', 'show', '-p', 'ExecMainStartTimestampMonotonic,ActiveEnterTimestampMonotonic,MainPID'],
    unit,
  );
  const [began = 0, ready = 0, pid = 0] = [
    'ExecMainStartTimestampMonotonic',
    'ActiveEnterTimestampMonotonic',
    'MainPID',
  ].map((name) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(shown)?.[1]));
  startMs.push((ready - began) / 1000);
  await idle();
  rssMb.push(Number(/^VmRSS:\s+(\d+)/m.exec(machine.output('cat', `/proc/${pid}/status`))?.[1]) / 1024);
}

async function startSources({ startMs, rssMb }: Figures): Promise<void> {
  const home = makeHome();
  const began = performance.now();
  const daemon = await startDaemon(home);
  startMs.push(performance.now() - began);
  await idle();
  rssMb.push(rssMegabytes(daemon.child.pid ?? 0));
  await daemon.end();
  home.remove();
}

/** Needs root, and what the system suite needs. */
export async function benchInstalled(rounds: number): Promise<void> {
  execFileSync('npm', ['run', '-s', 'package:deb'], { cwd: root, stdio: 'ignore' });
  const [built = ''] = readdirSync(join(root, 'build')).filter((file) => file.endsWith('.deb'));
  const machine = await bootMachine();
  const installed: Figures = { startMs: [], rssMb: [] };
  const sources: Figures = { startMs: [], rssMb: [] };
  try {
    cpSync(join(root, 'build', built), join(machine.folder, 'root/first.deb'));
    machine.output('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '/root/first.deb');
    for (let round = 0; round < rounds; round++) {
      await startInstalled(machine, installed);
      await startSources(sources);
    }
  } finally {
    await machine.stop();
  }
  printTable(
    `The installed service on a booted Debian (median of ${rounds})`,
    ['', 'installed', 'unbundled', 'aim'],
    [
      [
        'start to READY',
        `${median(installed.startMs).toFixed(0)} ms`,
        `${median(sources.startMs).toFixed(0)} ms`,
        '≤ 350 ms',
      ],
      [
        'RSS, idle',
        `${median(installed.rssMb).toFixed(0)} MB`,
        `${median(sources.rssMb).toFixed(0)} MB`,
        '≤ 85 MB',
      ],
    ],
  );
}
