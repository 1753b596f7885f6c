/** What it costs to ask for the state of the machine: our get_system_status and a scrape of prometheus-node-exporter. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { ask, freePort, makeHome, mint } from '../integration/daemon.ts';
import { until } from '../until.ts';
import { startBundle } from './bundle.ts';
import { type Client, type Question, startClient } from './client.ts';
import { cpuMicroseconds, median, printTable, rssMegabytes } from './measure.ts';

const exporter = 'prometheus-node-exporter';
const roundMs = 1500;

interface Target extends Question {
  readonly name: string;
  readonly pid: number;
  readonly medianMs: number[];
  readonly cpuMicroseconds: number[];
}

/** One request after the other: a scraper is alone. */
async function measure(client: Client, target: Target): Promise<void> {
  const { pid } = target;
  const before = cpuMicroseconds(pid);
  const { count, bad, p50Ms } = await client.load(target, { connections: 1, ms: roundMs });
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
  const client = startClient();
  const target = (
    name: string,
    pid: number | undefined,
    port: number,
    path: string,
  ): Omit<Target, 'headers'> => ({
    name,
    pid: pid ?? 0,
    where: { host: '127.0.0.1', port },
    path,
    method: 'GET',
    medianMs: [],
    cpuMicroseconds: [],
  });
  const token = await mint(home);
  const targets: readonly Target[] = [
    {
      ...target('get_system_status', daemon.child.pid, port, '/tools/get_system_status'),
      headers: { Authorization: `Bearer ${token}` },
    },
    { ...target(exporter, child.pid, exporterPort, '/metrics'), headers: {} },
  ];
  try {
    for (let round = 0; round < rounds; round++) for (const target of targets) await measure(client, target);
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
    client.end();
    child.kill();
    await daemon.end();
    home.remove();
  }
}
