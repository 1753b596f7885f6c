/** What a request costs: bare node:http, our REST, the bare SDK and our MCP, in turn, on TCP and on the Unix socket. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, freePort, makeHome, mint } from '../integration/daemon.ts';
import { type LoopDelay, loopDelayOf, startBundle } from './bundle.ts';
import { cpuMicroseconds, median, printTable } from './measure.ts';

const run = promisify(execFile);
const programs = join(import.meta.dirname, 'programs');
const connections = 32;
const roundMs = 1500;
/** How many keep the daemon busy over MCP while somebody connects anew for each question. */
const busyConnections = 64;

interface Target {
  readonly name: string;
  readonly pid: number;
  readonly where: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

interface Figures {
  readonly perSecond: number[];
  readonly cpuMicroseconds: number[];
  readonly maxMs: number[];
  /** Of the event loop, the 99th percentile; of the daemon alone. */
  readonly delayMs: number[];
  bad: number;
}

const noFigures = (): Figures => ({ perSecond: [], cpuMicroseconds: [], maxMs: [], delayMs: [], bad: 0 });

async function startFloor(
  program: string,
  bytesFile: string,
  socket: string,
): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(programs, program), bytesFile, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, port: Number(/port (\d+)/.exec(String(line))?.[1]) };
}

export const mcpHeaders = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
};
export const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
});
const callStatus = JSON.stringify({
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'get_system_status', arguments: {} },
});

async function openSession(where: { socket?: string; port?: number }, token: string): Promise<string> {
  const { headers } = await ask({ ...where, path: '/mcp', token, body: initialize, headers: mcpHeaders });
  return String(headers['mcp-session-id']);
}

interface Load {
  readonly count: number;
  readonly bad: number;
  readonly p50Ms: number;
  readonly maxMs: number;
}

async function load({ pid: _, name: __, ...target }: Target, how: object = {}): Promise<Load> {
  const { stdout } = await run(process.execPath, [
    join(programs, 'load.mjs'),
    JSON.stringify({ ...target, connections, ms: roundMs, ...how }),
  ]);
  return JSON.parse(stdout);
}

async function measure(target: Target, into: Figures, loopDelay?: LoopDelay): Promise<void> {
  const { pid } = target;
  await loopDelay?.();
  const before = cpuMicroseconds(pid);
  const { count, bad, maxMs } = await load(target);
  if (loopDelay !== undefined) into.delayMs.push((await loopDelay()).p99Ms);
  into.perSecond.push((count * 1000) / roundMs);
  into.cpuMicroseconds.push((cpuMicroseconds(pid) - before) / count);
  into.maxMs.push(maxMs);
  into.bad += bad;
}

export async function benchRequests(rounds: number): Promise<void> {
  const home = makeHome();
  const port = await freePort();
  const delayFile = join(home.folder, 'delay.json');
  const daemon = await startBundle(
    home,
    ['--set', `server.port=${port}`],
    { SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000000', LOOP_DELAY: delayFile },
    ['--import', join(programs, 'loop-delay.mjs')],
  );
  const loopDelay = loopDelayOf(daemon.child, delayFile);
  const token = await mint(home);
  const authorization = { Authorization: `Bearer ${token}` };
  const answer = await ask({ socket: home.socket, path: '/tools/get_system_status', token });
  writeFileSync(join(home.folder, 'rest'), answer.text);
  writeFileSync(join(home.folder, 'data'), JSON.stringify(answer.json.data));
  const http = await startFloor('bare-http.mjs', join(home.folder, 'rest'), join(home.folder, 'http.sock'));
  const sdk = await startFloor('bare-sdk.mjs', join(home.folder, 'data'), join(home.folder, 'sdk.sock'));
  const daemonPid = daemon.child.pid ?? 0;

  const both = async (
    name: string,
    pid: number,
    socket: string,
    tcpPort: number,
    what: (where: { socket?: string; port?: number }) => Promise<Omit<Target, 'name' | 'pid' | 'where'>>,
  ): Promise<[Target, Target]> => [
    { name: `${name}, Unix`, pid, where: { socketPath: socket }, ...(await what({ socket })) },
    {
      name: `${name}, TCP`,
      pid,
      where: { host: '127.0.0.1', port: tcpPort },
      ...(await what({ port: tcpPort })),
    },
  ];
  const get = async () => ({ path: '/tools/get_system_status', method: 'GET', headers: authorization });
  const call = async (where: { socket?: string; port?: number }) => ({
    path: '/mcp',
    method: 'POST',
    headers: { ...authorization, ...mcpHeaders, 'Mcp-Session-Id': await openSession(where, token) },
    body: callStatus,
  });
  const rest = await both('REST', daemonPid, home.socket, port, get);
  const mcp = await both('MCP', daemonPid, home.socket, port, call);
  const targets = [
    ...(await both(
      'node:http, same bytes',
      http.child.pid ?? 0,
      join(home.folder, 'http.sock'),
      http.port,
      get,
    )),
    ...rest,
    ...(await both(
      'SDK alone, same bytes',
      sdk.child.pid ?? 0,
      join(home.folder, 'sdk.sock'),
      sdk.port,
      call,
    )),
    ...mcp,
  ];
  const figures = new Map<string, Figures>();
  for (let round = -1; round < rounds; round++) {
    for (const target of targets) {
      const into = figures.get(target.name) ?? noFigures();
      // The first round warms up and is not counted.
      await measure(target, round < 0 ? noFigures() : into, target.pid === daemonPid ? loopDelay : undefined);
      figures.set(target.name, into);
    }
  }
  const [, newcomer] = await Promise.all([
    load(mcp[0], { connections: busyConnections, ms: roundMs + 500 }),
    load(rest[0], { connections: 1, keepAlive: false }),
  ]);
  await daemon.end();
  http.child.kill();
  sdk.child.kill();
  home.remove();

  const perSecond = (name: string) => median(figures.get(name)?.perSecond ?? []);
  const share = (name: string, floor: string) =>
    `${((100 * perSecond(name)) / perSecond(floor)).toFixed(0)} %`;
  printTable(
    `Requests (${connections} connections, median of ${rounds} rounds of ${roundMs} ms, ${answer.text.length} bytes of answer)`,
    ['', 'requests/s', 'server CPU µs', 'slowest ms', 'loop delay p99 ms', 'not 200', 'of its floor'],
    targets.map(({ name }) => {
      const one = figures.get(name);
      const [kind = '', wire = ''] = name.split(/, (?=Unix|TCP)/);
      const floor =
        kind === 'REST' ? 'node:http, same bytes' : kind === 'MCP' ? 'SDK alone, same bytes' : undefined;
      return [
        name,
        perSecond(name).toFixed(0),
        median(one?.cpuMicroseconds ?? []).toFixed(0),
        median(one?.maxMs ?? []).toFixed(1),
        one === undefined || one.delayMs.length === 0 ? '' : median(one.delayMs).toFixed(1),
        String(one?.bad ?? 0),
        floor === undefined ? '' : share(name, `${floor}, ${wire}`),
      ];
    }),
  );
  console.log(
    `\nAims: REST ≥ 40 % of node:http, MCP ≥ 77 % of the SDK alone (within 1.3×), loop delay < 10 ms.` +
      `\nBeside ${busyConnections} busy MCP connections a new one is answered in ${newcomer.p50Ms.toFixed(0)} ms (median), ${newcomer.maxMs.toFixed(0)} ms at the longest.`,
  );
}
