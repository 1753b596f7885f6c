/** The running daemon over MCP, asked by the SDK's own client, over every transport that there is. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ask,
  auditOf,
  type Daemon,
  freePort,
  type Home,
  makeHome,
  mint,
  program,
  startDaemon,
} from './daemon.ts';

let home: Home;
let daemon: Daemon;
let port: number;
let token: string;
let other: string;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = await startDaemon(home, ['--set', `server.port=${port}`, '--set', 'server.transport=http-sse']);
  token = await mint(home);
  other = (await mintFor('other')).trim();
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const mintFor = async (agent: string, scopes = 'monitor') => {
  const { runProgram } = await import('./daemon.ts');
  return (
    await runProgram(home, ['token', 'mint', '--user', '--agent', agent, '--scopes', scopes, '--ttl', '1h'])
  ).stdout;
};

const headers = (bearer: string) => ({ headers: { Authorization: `Bearer ${bearer}` } });
const overHttp = (bearer = token) =>
  new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), {
    requestInit: headers(bearer),
  });
const overSse = (bearer = token) =>
  new SSEClientTransport(new URL(`http://127.0.0.1:${port}/sse`), {
    requestInit: headers(bearer),
    eventSourceInit: {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers(bearer).headers } }),
    },
  });
const overStdio = () =>
  new StdioClientTransport({
    command: program[0],
    args: [...program.slice(1), 'stdio'],
    env: home.env,
    stderr: 'ignore',
  });

async function connect(transport: unknown): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport as Transport);
  return client;
}

const transports = { 'Streamable HTTP': overHttp, 'the older HTTP+SSE': overSse, stdio: overStdio } as const;

for (const [name, open] of Object.entries(transports)) {
  test(`over ${name} a client gets the tools, with titles, hints and schemas, and the true status`, async () => {
    const client = await connect(open());
    const { tools } = await client.listTools();
    const status = tools.find((tool) => tool.name === 'get_system_status');
    assert.ok(status);
    assert.ok(status.title);
    assert.deepEqual(Object.keys(status.annotations ?? {}).sort(), [
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
      'title',
    ]);
    assert.equal(status.annotations?.readOnlyHint, true);
    assert.equal(status.annotations?.destructiveHint, false);
    assert.equal(status.outputSchema?.type, 'object');
    assert.match(client.getInstructions() ?? '', /get_system_status/);
    const result = await client.callTool({
      name: 'get_system_status',
      arguments: { sections: ['memory', 'cpu'] },
    });
    const data = result.structuredContent as { memory: { totalBytes: number } };
    assert.ok(data.memory.totalBytes > 0);
    assert.deepEqual(JSON.parse((result.content as { text: string }[])[0]?.text ?? ''), data);
    await client.close();
  });

  test(`over ${name} a wrong argument is a result that the model can mend, and an unknown tool a protocol error`, async () => {
    const client = await connect(open());
    const result = await client.callTool({ name: 'get_system_status', arguments: { sections: ['cpus'] } });
    assert.equal(result.isError, true);
    assert.match((result.content as { text: string }[])[0]?.text ?? '', /must be one of .*cpu/s);
    await assert.rejects(client.callTool({ name: 'get_sistem_status', arguments: {} }), {
      code: -32602,
      // Its client puts the code before the words: once.
      message: /^MCP error -32602: There is no tool 'get_sistem_status'.*get_system_status/,
    });
    await client.close();
  });
}

test('a client without a token is refused with 401', async () => {
  await assert.rejects(connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`))));
  assert.equal(auditOf(home).at(-1).code, 'token_missing');
});

test('a tool beyond the scopes is a result that names the scope, and is not listed', async () => {
  const client = await connect(overHttp((await mintFor('narrow', 'metrics')).trim()));
  assert.deepEqual(
    (await client.listTools()).tools.map(({ name }) => name),
    ['whoami'],
  );
  const result = await client.callTool({ name: 'get_system_status', arguments: {} });
  assert.equal(result.isError, true);
  assert.match((result.content as { text: string }[])[0]?.text ?? '', /monitor/);
  await client.close();
});

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
});
const accept = { Accept: 'application/json, text/event-stream' };
const post = (body: string, more: Record<string, string> = {}, bearer = token) =>
  ask({ socket: home.socket, path: '/mcp', token: bearer, body, headers: { ...accept, ...more } });
const listTools = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });

test('a session belongs to its caller: to another it is 404, as an unknown one is', async () => {
  const opened = await post(initialize);
  const session = { 'Mcp-Session-Id': String(opened.headers['mcp-session-id']) };
  assert.equal(opened.status, 200);
  assert.equal((await post(listTools, session)).status, 200);
  assert.equal((await post(listTools, session, other)).status, 404);
  assert.equal((await post(listTools, { 'Mcp-Session-Id': 'no-such-session' })).status, 404);
});

test('a session that its client ended is 404', async () => {
  const opened = await post(initialize);
  const session = { 'Mcp-Session-Id': String(opened.headers['mcp-session-id']) };
  const ended = await ask({ socket: home.socket, path: '/mcp', method: 'DELETE', token, headers: session });
  assert.equal(ended.status, 200);
  assert.equal((await post(listTools, session)).status, 404);
});

test('GET without a session is 405 with the method to use', async () => {
  const { status, headers } = await ask({ socket: home.socket, path: '/mcp', token, headers: accept });
  assert.equal(status, 405);
  assert.equal(headers['allow'], 'POST');
});

test('a first request that is no initialize opens nothing', async () => {
  assert.equal((await post(listTools)).status, 400);
  const broken = await post('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}');
  assert.ok(
    broken.headers['mcp-session-id'] === undefined || broken.status >= 400 || /"error"/.test(broken.text),
  );
});

test('a caller that opens sessions without end keeps the newest and harms nobody', async () => {
  const first = await post(initialize, {}, other);
  const firstOfMine = await post(initialize);
  for (let i = 0; i < 40; i++) assert.equal((await post(initialize, {}, other)).status, 200);
  const session = (answer: typeof first) => ({ 'Mcp-Session-Id': String(answer.headers['mcp-session-id']) });
  assert.equal((await post(listTools, session(first), other)).status, 404);
  assert.equal((await post(listTools, session(firstOfMine))).status, 200);
});

test('the answer over MCP is the answer over REST', async () => {
  const client = await connect(overHttp());
  const { structuredContent } = await client.callTool({ name: 'get_network_status', arguments: {} });
  const { json } = await ask({ socket: home.socket, path: '/tools/get_network_status', token });
  const names = (data: { interfaces: { name: string }[] }) => data.interfaces.map(({ name }) => name);
  assert.deepEqual(names(structuredContent as never), names(json.data));
  assert.deepEqual(Object.keys(structuredContent as object).sort(), Object.keys(json.data).sort());
  await client.close();
});

test('every answer over MCP carries the correlation id that its record has', async () => {
  const opened = await post(initialize);
  const call = JSON.stringify({
    jsonrpc: '2.0',
    id: 3,
    method: 'tools/call',
    params: { name: 'whoami', arguments: {} },
  });
  const answer = await post(call, {
    'Mcp-Session-Id': String(opened.headers['mcp-session-id']),
    'X-Correlation-ID': 'mcp-job-7',
  });
  assert.equal(answer.headers['x-correlation-id'], 'mcp-job-7');
  assert.match(answer.text, /"systemmanager-mcp\/correlationId":"mcp-job-7"/);
  assert.equal(auditOf(home).at(-1).correlationId, 'mcp-job-7');
});
