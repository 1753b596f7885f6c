/** What a request costs: bare node:http, our REST, the bare SDK and our MCP, in turn, on TCP and on the Unix socket. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, freePort, makeHome, mint } from '../integration/daemon.ts';
import { startBundle } from './bundle.ts';
import { cpuMicroseconds, median, printTable } from './measure.ts';

const run = promisify(execFile);
const programs = join(import.meta.dirname, 'programs');
const connections = 32;
const roundMs = 1500;

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
  bad: number;
}

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

async function measure({ pid, name: _, ...target }: Target, into: Figures): Promise<void> {
  const before = cpuMicroseconds(pid);
  const { stdout } = await run(process.execPath, [
    join(programs, 'load.mjs'),
    JSON.stringify({ ...target, connections, ms: roundMs }),
  ]);
  const { count, bad, maxMs } = JSON.parse(stdout);
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
  const token = await mint(home);
  const authorization = { Authorization: `Bearer ${token}` };
  const rest = await ask({ socket: home.socket, path: '/tools/get_system_status', token });
  writeFileSync(join(home.folder, 'rest'), rest.text);
  writeFileSync(join(home.folder, 'data'), JSON.stringify(rest.json.data));
  const http = await startFloor('bare-http.mjs', join(home.folder, 'rest'), join(home.folder, 'http.sock'));
  const sdk = await startFloor('bare-sdk.mjs', join(home.folder, 'data'), join(home.folder, 'sdk.sock'));
  const daemonPid = daemon.child.pid ?? 0;

  const both = async (
    name: string,
    pid: number,
    socket: string,
    tcpPort: number,
    what: (where: { socket?: string; port?: number }) => Promise<Omit<Target, 'name' | 'pid' | 'where'>>,
  ): Promise<Target[]> => [
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
  const targets = [
    ...(await both(
      'node:http, same bytes',
      http.child.pid ?? 0,
      join(home.folder, 'http.sock'),
      http.port,
      get,
    )),
    ...(await both('REST', daemonPid, home.socket, port, get)),
    ...(await both(
      'SDK alone, same bytes',
      sdk.child.pid ?? 0,
      join(home.folder, 'sdk.sock'),
      sdk.port,
      call,
    )),
    ...(await both('MCP', daemonPid, home.socket, port, call)),
  ];
  const figures = new Map<string, Figures>();
  for (let round = -1; round < rounds; round++) {
    for (const target of targets) {
      const into = figures.get(target.name) ?? { perSecond: [], cpuMicroseconds: [], maxMs: [], bad: 0 };
      // The first round warms up and is not counted.
      await measure(target, round < 0 ? { perSecond: [], cpuMicroseconds: [], maxMs: [], bad: 0 } : into);
      figures.set(target.name, into);
    }
  }
  daemon.child.kill('SIGUSR2');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const delay = JSON.parse(readFileSync(delayFile, 'utf8'));
  await daemon.end();
  http.child.kill();
  sdk.child.kill();
  home.remove();

  const perSecond = (name: string) => median(figures.get(name)?.perSecond ?? []);
  const share = (name: string, floor: string) =>
    `${((100 * perSecond(name)) / perSecond(floor)).toFixed(0)} %`;
  printTable(
    `Requests (${connections} connections, median of ${rounds} rounds of ${roundMs} ms, ${rest.text.length} bytes of answer)`,
    ['', 'requests/s', 'server CPU µs', 'slowest ms', 'not 200', 'of its floor'],
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
        String(one?.bad ?? 0),
        floor === undefined ? '' : share(name, `${floor}, ${wire}`),
      ];
    }),
  );
  console.log(
    `\nAims: REST ≥ 40 % of node:http, MCP ≥ 77 % of the SDK alone (within 1.3×).` +
      `\nEvent-loop delay of the daemon under all of it: p99 ${delay.p99Ms.toFixed(1)} ms (aim < 10 ms), longest ${delay.maxMs.toFixed(1)} ms.`,
  );
}
