/** How long the bundle takes from its start to READY, and what it holds in memory when it idles. */

import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ask, makeHome, mint } from '../integration/daemon.ts';
import { serviceRuntime, startBundle } from './bundle.ts';
import { median, printTable, rssMegabytes } from './measure.ts';
import { initialize, mcpHeaders } from './requests.ts';

const idleMs = 7000;

export async function benchStart(rounds: number): Promise<void> {
  const nodeMs: number[] = [];
  const startMs: number[] = [];
  const rssMb: number[] = [];
  const rssAfterMcpMb: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const home = makeHome();
    const nodeBegan = performance.now();
    execFileSync(process.execPath, [...serviceRuntime().flags, '-e', '0']);
    nodeMs.push(performance.now() - nodeBegan);
    const began = performance.now();
    const daemon = await startBundle(home);
    startMs.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, idleMs));
    rssMb.push(rssMegabytes(daemon.child.pid ?? 0));
    await ask({
      socket: home.socket,
      path: '/mcp',
      token: await mint(home),
      body: initialize,
      headers: mcpHeaders,
    });
    await new Promise((done) => setTimeout(done, idleMs));
    rssAfterMcpMb.push(rssMegabytes(daemon.child.pid ?? 0));
    await daemon.end();
    home.remove();
  }
  printTable(
    `Start and memory (${resolve(join('dist', 'main.mjs'))}, median of ${rounds})`,
    ['', 'measured', 'aim'],
    [
      ['Node.js alone, to its end', `${median(nodeMs).toFixed(0)} ms`, ''],
      ['start to READY', `${median(startMs).toFixed(0)} ms`, '≤ 350 ms'],
      ['RSS, idle', `${median(rssMb).toFixed(0)} MB`, '≤ 90 MB'],
      ['RSS, idle with an MCP session', `${median(rssAfterMcpMb).toFixed(0)} MB`, ''],
    ],
  );
}
