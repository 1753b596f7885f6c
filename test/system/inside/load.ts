/**
 * Many clients at once, none of which tries anything twice, run inside the machine:
 * `load.ts SOCKET PORT TOKEN CLIENTS FOLDER [MOST]`. It goes on until FOLDER/enough is there, or for MOST requests; how
 * far it is stands in FOLDER/count, and what came of it is printed as JSON.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';

const [socketPath = '', port = '', token = '', clients = '', folder = '', most = 'Infinity'] =
  process.argv.slice(2);

interface Answer {
  readonly status: number;
  readonly session: string | undefined;
}

interface Kind {
  readonly name: string;
  readonly place: { readonly socketPath: string } | { readonly host: string; readonly port: string };
  readonly keepAlive: boolean;
  readonly mcp: boolean;
}

const unix = { socketPath };
const tcp = { host: '127.0.0.1', port };
const kinds: readonly Kind[] = [
  { name: 'unix keep-alive', place: unix, keepAlive: true, mcp: false },
  { name: 'unix fresh', place: unix, keepAlive: false, mcp: false },
  { name: 'tcp keep-alive', place: tcp, keepAlive: true, mcp: false },
  { name: 'tcp fresh', place: tcp, keepAlive: false, mcp: false },
  { name: 'mcp keep-alive', place: unix, keepAlive: true, mcp: true },
];

let begun = 0;
let enough = false;
const done: Record<string, number> = {};
const failed: string[] = [];
let sessionsLost = 0;

const goesOn = (): boolean => !enough && begun < Number(most);

function ask(
  { place }: Kind,
  agent: Agent | false,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...place,
        agent,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${token}`, ...headers },
      },
      (answer) => {
        answer.on('error', reject);
        answer.on('end', () => {
          const session = answer.headers['mcp-session-id'];
          resolve({
            status: answer.statusCode ?? 0,
            session: typeof session === 'string' ? session : undefined,
          });
        });
        answer.resume();
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const mcpHeaders = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
const message = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const initialize = message('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'load', version: '1' },
});
const callWhoami = message('tools/call', { name: 'whoami', arguments: {} });

const noteFailure = (kind: Kind, thrown: unknown): number =>
  failed.push(`${kind.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);

/** A session of MCP, which is no call; undefined where it could not be had. */
async function beginSession(kind: Kind, agent: Agent | false): Promise<string | undefined> {
  try {
    const { status, session } = await ask(kind, agent, '/mcp', mcpHeaders, initialize);
    if (status !== 200) noteFailure(kind, `initialize: status ${status}`);
    return session;
  } catch (thrown) {
    noteFailure(kind, thrown);
    return undefined;
  }
}

const call = (kind: Kind, agent: Agent | false, session: string | undefined): Promise<Answer> =>
  session === undefined
    ? ask(kind, agent, '/tools/whoami', {})
    : ask(kind, agent, '/mcp', { ...mcpHeaders, 'Mcp-Session-Id': session }, callWhoami);

async function client(kind: Kind): Promise<void> {
  const agent = kind.keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
  let session: string | undefined;
  while (goesOn()) {
    if (kind.mcp && session === undefined) {
      session = await beginSession(kind, agent);
      if (session === undefined) break;
    }
    begun += 1;
    try {
      const { status } = await call(kind, agent, session);
      // A session ends with the daemon that knew it, and the protocol's word for that is 404.
      if (status === 404 && session !== undefined) {
        session = undefined;
        sessionsLost += 1;
      } else if (status !== 200) noteFailure(kind, `status ${status}`);
      done[kind.name] = (done[kind.name] ?? 0) + 1;
    } catch (thrown) {
      noteFailure(kind, thrown);
    }
  }
  if (agent) agent.destroy();
}

const count = (): number => Object.values(done).reduce((sum, one) => sum + one, 0);
const looking = setInterval(() => {
  writeFileSync(join(folder, 'count'), String(count()));
  enough = existsSync(join(folder, 'enough'));
}, 50);
await Promise.all(
  Array.from({ length: Number(clients) }, (_, index) => client(kinds[index % kinds.length] as Kind)),
);
clearInterval(looking);
console.log(
  JSON.stringify({ requests: count(), done, failed: failed.length, some: failed.slice(0, 20), sessionsLost }),
);
