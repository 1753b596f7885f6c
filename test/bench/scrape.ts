/** What it costs to ask for the state of the machine: our get_system_status and a scrape of prometheus-node-exporter. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, freePort, makeHome, mint } from '../integration/daemon.ts';
import { until } from '../until.ts';
import { startBundle } from './bundle.ts';
import { cpuMicroseconds, median, printTable, rssMegabytes } from './measure.ts';

const run = promisify(execFile);
const load = join(import.meta.dirname, 'programs/load.mjs');
const exporter = 'prometheus-node-exporter';
const roundMs = 1500;

interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly medianMs: number[];
  readonly cpuMicroseconds: number[];
}

/** One request after the other: a scraper is alone. */
async function measure(target: Target): Promise<void> {
  const { pid, port, path, headers } = target;
  const before = cpuMicroseconds(pid);
  const where = { host: '127.0.0.1', port };
  const question = { where, path, method: 'GET', headers, connections: 1, ms: roundMs };
  const { stdout } = await run(process.execPath, [load, JSON.stringify(question)]);
  const { count, bad, p50Ms } = JSON.parse(stdout);
  if (bad > 0) throw new Error(`${target.name}: ${bad} of ${count} failed`);
  target.medianMs.push(p50Ms);
  target.cpuMicroseconds.push((cpuMicroseconds(pid) - before) / count);
}

async function startExporter(port: number): Promise<ChildProcess> {
  const child = spawn(exporter, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const answers = () =>
    ask({ port, path: '/metrics' }).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(`${exporter} answers`, answers);
  return child;
}

export async function benchScrape(rounds: number): Promise<void> {
  if (spawnSync(exporter, ['--version']).status !== 0) {
    console.log(`\n${exporter} is not installed: a status call is compared with nothing.`);
    return;
  }
  const home = makeHome();
  const [port, exporterPort] = [await freePort(), await freePort()];
  const daemon = await startBundle(home, ['--set', `server.port=${port}`], {
    SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000000',
  });
  const child = await startExporter(exporterPort);
  const figures = () => ({ medianMs: [], cpuMicroseconds: [] });
  const token = await mint(home);
  const targets: readonly Target[] = [
    {
      ...{ name: 'get_system_status', pid: daemon.child.pid ?? 0, port, path: '/tools/get_system_status' },
      ...{ headers: { Authorization: `Bearer ${token}` }, ...figures() },
    },
    {
      ...{ name: exporter, pid: child.pid ?? 0, port: exporterPort, path: '/metrics' },
      ...{ headers: {}, ...figures() },
    },
  ];
  try {
    for (let round = 0; round < rounds; round++) for (const target of targets) await measure(target);
    printTable(
      `The state of the machine, asked one at a time over TCP (median of ${rounds} rounds of ${roundMs} ms)`,
      ['', 'a call', 'server CPU', 'RSS'],
      targets.map(({ name, pid, medianMs, cpuMicroseconds: cpu }) => [
        name,
        `${median(medianMs).toFixed(2)} ms`,
        `${median(cpu).toFixed(0)} µs`,
        `${rssMegabytes(pid).toFixed(0)} MB`,
      ]),
    );
  } finally {
    child.kill();
    await daemon.end();
    home.remove();
  }
}
