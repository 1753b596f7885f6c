/**
 * Thirty running containers on a real engine, listed and measured: by our tools, by raw requests to the engine, by the
 * docker command and by systeminformation, in turn.
 */

import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import systeminformation from 'systeminformation';
import { getContainerStats } from '../../src/tools/read/container-stats.ts';
import { listContainers } from '../../src/tools/read/containers.ts';
import { withoutEngine } from '../integration/docker/engine.ts';
import { openEngine } from '../integration/docker/opened.ts';
import { contextOf } from '../tools/answering.ts';
import { until } from '../until.ts';
import { type Contender, medianMs, printTable, race, ratioOf } from './measure.ts';

const containers = 30;
/** Where systeminformation looks, and nowhere else. */
const usualSocket = '/var/run/docker.sock';

function raw(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers: { Host: 'docker' } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

async function compare(
  title: string,
  contenders: readonly Contender[],
  aim: string,
  rounds: number,
): Promise<void> {
  const turns = await race(contenders, rounds);
  const [[ours, own] = ['', []]] = turns;
  printTable(
    `${title} (${containers} containers, median of ${rounds})`,
    ['', 'time', 'ours × so much', 'aim'],
    [...turns].map(([name, theirs]) => [
      name,
      `${medianMs(theirs).toFixed(2)} ms`,
      name === ours ? '' : ratioOf(theirs, own).toFixed(1),
      name === ours ? aim : '',
    ]),
  );
}

export async function benchDocker(rounds: number): Promise<void> {
  if (withoutEngine) {
    console.log(`\nContainers are not measured: ${withoutEngine}.`);
    return;
  }
  const opened = await openEngine();
  const { engine, host, run } = opened;
  const context = contextOf(host, ['docker:read'], Date.now());
  const linked = !existsSync(usualSocket);
  try {
    if (linked) symlinkSync(engine.socket, usualSocket);
    for (let i = 0; i < containers; i++) await run(`c${i}`, [], 'sleep', '3600');
    await until('all are known', async () => (await opened.docker.list()).length === containers);
    const ids = (await opened.docker.list()).map(({ id }) => id);
    await compare(
      'List',
      [
        { name: 'list_containers', ask: async () => listContainers.run({ limit: containers }, context) },
        { name: 'raw HTTP', ask: () => raw(engine.socket, '/containers/json?all=1') },
        { name: 'docker ps', ask: () => engine.docker('ps', '-a') },
        ...(linked
          ? [{ name: 'systeminformation', ask: () => systeminformation.dockerContainers(true) }]
          : []),
      ],
      '≤ raw HTTP',
      rounds,
    );
    await compare(
      'Statistics',
      [
        {
          name: 'get_container_stats',
          ask: async () => getContainerStats.run({ limit: containers }, context),
        },
        {
          name: 'raw HTTP, one shot each',
          ask: () =>
            Promise.all(
              ids.map((id) => raw(engine.socket, `/containers/${id}/stats?stream=false&one-shot=true`)),
            ),
        },
        { name: 'docker stats', ask: () => engine.docker('stats', '--no-stream') },
        ...(linked
          ? [{ name: 'systeminformation', ask: () => systeminformation.dockerContainerStats('*') }]
          : []),
      ],
      '≤ 5 ms',
      rounds,
    );
  } finally {
    if (linked) rmSync(usualSocket, { force: true });
    await opened.close();
  }
}
