/**
 * What the table of all processes costs, with thousands that sleep: ours (CPU and memory of each, 20 rows in order of
 * CPU), ps, psutil and systeminformation; and how long our event loop waits while it is asked for over and over.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import systeminformation from 'systeminformation';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { openProcessJobs } from '../../src/host/process-jobs.ts';
import { median, printTable } from './measure.ts';
import { hasPsutil, psutilMicroseconds } from './psutil.ts';

const sleepers = 3000;
const repeats = 10;
const asks = 50;

/** One shell that waits for them all: with its group they end. */
async function startSleepers(): Promise<ChildProcess> {
  const script = `i=0; while [ $i -lt ${sleepers} ]; do sleep 100000 & i=$((i+1)); done; echo up; wait`;
  const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  if (shell.stdout === null) throw new Error('no output');
  await once(shell.stdout, 'data');
  return shell;
}

const msOf = (work: () => void): number => {
  const began = performance.now();
  work();
  return performance.now() - began;
};

const query = { sort: 'cpu', limit: 20, containers: 'all' } as const;

function oursMs(): number {
  const jobs = openProcessJobs(liveMachine());
  jobs.rankProcesses(3);
  jobs.listProcesses(query);
  return median(Array.from({ length: repeats }, () => msOf(() => void jobs.listProcesses(query))));
}

const psMs = (): number =>
  median(
    Array.from({ length: repeats }, () =>
      msOf(() => {
        execFileSync('ps', ['-eo', 'pid,ppid,euser,nlwp,rss,stat,lstart,time,comm', '--sort=-time'], {
          maxBuffer: 64 * 1024 * 1024,
        });
      }),
    ),
  );

async function systeminformationMs(): Promise<number> {
  const began = performance.now();
  await systeminformation.processes();
  return performance.now() - began;
}

/** The longest and the 99th percentile of what our event loop waits while the list is asked for again and again. */
async function loopDelay(): Promise<{ p99Ms: number; maxMs: number }> {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await host.processes.list(query);
  delay.enable();
  for (let n = 0; n < asks; n++) await host.processes.list(query);
  delay.disable();
  host.close();
  // The timer itself has a resolution of a millisecond, which is no delay.
  return { p99Ms: delay.percentile(99) / 1e6 - 1, maxMs: delay.max / 1e6 - 1 };
}

export async function benchProcessTable(rounds: number): Promise<void> {
  const shell = await startSleepers();
  try {
    const figures = {
      ours: [] as number[],
      ps: [] as number[],
      psutil: [] as number[],
      systeminformation: [] as number[],
    };
    for (let round = 0; round < rounds; round++) {
      figures.ours.push(oursMs());
      figures.ps.push(psMs());
      if (hasPsutil) figures.psutil.push(psutilMicroseconds('processes', 3) / 1000);
      figures.systeminformation.push(await systeminformationMs());
    }
    const total = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
    const ps = median(figures.ps);
    const row = (name: string, times: readonly number[], aim = '') => [
      name,
      `${median(times).toFixed(0)} ms`,
      (median(times) / ps).toFixed(2),
      aim,
    ];
    printTable(
      `The table of ${total} processes (median of ${rounds})`,
      ['', 'a table', 'of ps', 'aim'],
      [
        row('list_processes', figures.ours, '≤ 1'),
        row('ps -eo … --sort=-time', figures.ps),
        ...(hasPsutil ? [row('python3-psutil', figures.psutil)] : []),
        row('systeminformation', figures.systeminformation),
      ],
    );
    const { p99Ms, maxMs } = await loopDelay();
    console.log(
      `\nEvent-loop delay while it is asked for ${asks} times: p99 ${p99Ms.toFixed(1)} ms (aim < 10 ms), longest ${maxMs.toFixed(1)} ms.`,
    );
  } finally {
    process.kill(-(shell.pid ?? 0), 'SIGKILL');
  }
}
