/** What a request costs: bare node:http, our REST, the bare SDK and our MCP, in turn, on TCP and on the Unix socket. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, freePort, makeHome, mint } from '../integration/daemon.ts';
import { loopDelayOf, serviceRuntime, startBundle } from './bundle.ts';
import { type Answers, type Client, type Question, startClient } from './client.ts';
import { cpuMicroseconds, median, printTable } from './measure.ts';

const programs = join(import.meta.dirname, 'programs');
const connections = 32;
/** Short, so that a busy neighbour of this machine meets each of those that are compared. */
const turnMs = 300;
const turnsOfRound = 5;
const warmUpMs = 3000;
/** How long the event loop of the daemon is watched under each load. */
const watchMs = 3000;
/** How many keep the daemon busy over MCP while somebody connects anew for each question. */
const busyConnections = 64;

interface Target extends Question {
  readonly name: string;
  readonly pid: number;
  /** The name of what answers the same bytes and does nothing else. */
  readonly floor?: string;
  readonly turns: Answers[];
  /** Of the server, in all its turns. */
  cpuMicroseconds: number;
  /** Of its event loop, the 99th percentile. */
  delayMs?: number;
}

async function startFloor(
  program: string,
  bytesFile: string,
  socket: string,
): Promise<{ child: ChildProcess; port: number }> {
  const { flags, env } = serviceRuntime();
  const child = spawn(process.execPath, [...flags, join(programs, program), bytesFile, socket], {
    env: { ...process.env, ...env },
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
  id: '$id',
  method: 'tools/call',
  params: { name: 'get_system_status', arguments: {} },
});

async function openSession(where: { socket?: string; port?: number }, token: string): Promise<string> {
  const { headers } = await ask({ ...where, path: '/mcp', token, body: initialize, headers: mcpHeaders });
  return String(headers['mcp-session-id']);
}

async function measure(client: Client, target: Target): Promise<void> {
  const before = cpuMicroseconds(target.pid);
  const answers = await client.load(target, { connections, ms: turnMs });
  target.cpuMicroseconds += cpuMicroseconds(target.pid) - before;
  target.turns.push(answers);
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
  const client = startClient();

  const both = async (
    name: string,
    pid: number | undefined,
    socket: string,
    tcpPort: number,
    what: (where: { socket?: string; port?: number }) => Promise<Omit<Question, 'where'>>,
    floor?: string,
  ): Promise<[Target, Target]> => {
    const target = async (
      wire: string,
      where: Question['where'],
      asked: { socket?: string; port?: number },
    ) => ({
      name: `${name}, ${wire}`,
      pid: pid ?? 0,
      where,
      ...(await what(asked)),
      ...(floor === undefined ? {} : { floor: `${floor}, ${wire}` }),
      turns: [],
      cpuMicroseconds: 0,
    });
    return [
      await target('Unix', { socketPath: socket }, { socket }),
      await target('TCP', { host: '127.0.0.1', port: tcpPort }, { port: tcpPort }),
    ];
  };
  const get = async () => ({ path: '/tools/get_system_status', method: 'GET', headers: authorization });
  const call = async (where: { socket?: string; port?: number }) => ({
    path: '/mcp',
    method: 'POST',
    headers: { ...authorization, ...mcpHeaders, 'Mcp-Session-Id': await openSession(where, token) },
    body: callStatus,
  });
  const [httpFloor, sdkFloor] = ['node:http, same bytes', 'SDK alone, same bytes'];
  const { pid } = daemon.child;
  const rest = await both('REST', pid, home.socket, port, get, httpFloor);
  const mcp = await both('MCP', pid, home.socket, port, call, sdkFloor);
  const targets = [
    ...(await both(httpFloor, http.child.pid, join(home.folder, 'http.sock'), http.port, get)),
    ...rest,
    ...(await both(sdkFloor, sdk.child.pid, join(home.folder, 'sdk.sock'), sdk.port, call)),
    ...mcp,
  ];
  // The compilers of all of them need some ten thousand requests to come to rest, which is not measured.
  for (const target of targets) await client.load(target, { connections, ms: warmUpMs });
  for (let turn = 0; turn < rounds * turnsOfRound; turn++) {
    for (const target of targets) await measure(client, target);
  }
  for (const target of [...rest, ...mcp]) {
    await loopDelay();
    await client.load(target, { connections, ms: watchMs });
    target.delayMs = (await loopDelay()).p99Ms;
  }
  const other = startClient();
  await other.load(mcp[0], { connections, ms: 1000 });
  const [, newcomer] = await Promise.all([
    other.load(mcp[0], { connections: busyConnections, ms: 2000 }),
    client.load(rest[0], { connections: 1, ms: 1500, keepAlive: false }),
  ]);
  for (const one of [client, other]) one.end();
  await daemon.end();
  http.child.kill();
  sdk.child.kill();
  home.remove();

  const perSecond = ({ turns }: Target) => turns.map(({ count }) => (count * 1000) / turnMs);
  /** The median of what each turn was of the turn of its floor beside it. */
  const share = (target: Target, floor: Target): string => {
    const [ours, theirs] = [perSecond(target), perSecond(floor)];
    return `${(100 * median(ours.map((one, turn) => one / (theirs[turn] ?? 0)))).toFixed(0)} %`;
  };
  printTable(
    `Requests (${connections} connections, median of ${rounds * turnsOfRound} turns of ${turnMs} ms, ${answer.text.length} bytes of answer)`,
    ['', 'requests/s', 'server CPU µs', 'slowest ms', 'loop delay p99 ms', 'not 200', 'of its floor'],
    targets.map((target) => {
      const floor = targets.find(({ name }) => name === target.floor);
      const sum = (of: (turn: Answers) => number) => target.turns.reduce((all, turn) => all + of(turn), 0);
      return [
        target.name,
        median(perSecond(target)).toFixed(0),
        (target.cpuMicroseconds / sum(({ count }) => count)).toFixed(0),
        median(target.turns.map(({ maxMs }) => maxMs)).toFixed(1),
        target.delayMs?.toFixed(1) ?? '',
        String(sum(({ bad }) => bad)),
        floor === undefined ? '' : share(target, floor),
      ];
    }),
  );
  console.log(
    `\nAims: REST ≥ 40 % of node:http, MCP ≥ 77 % of the SDK alone (within 1.3×), loop delay < 10 ms.` +
      `\nBeside ${busyConnections} busy MCP connections a new one is answered in ${newcomer.p50Ms.toFixed(0)} ms (median), ${newcomer.maxMs.toFixed(0)} ms at the longest.`,
  );
}
