/** The MCP adapter over HTTP with tools that take their time: progress, cancellation, sessions that drain. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { openTrail } from '../../src/audit/trail.ts';
import { systemClock } from '../../src/base/clock.ts';
import { openDispatcher } from '../../src/dispatch/invoke.ts';
import type { Host } from '../../src/host/host.ts';
import { count, flag, record } from '../../src/tools/schema.ts';
import { defineTool, type Tool } from '../../src/tools/tool.ts';
import { openRoutes } from '../../src/transport/http/routes.ts';
import { openHttpServer } from '../../src/transport/http/server.ts';
import { openMcpCore } from '../../src/transport/mcp/core.ts';
import { openEra2025 } from '../../src/transport/mcp/era-2025.ts';
import { callerWith } from '../dispatch/toy-tools.ts';

const toy = {
  title: 'A toy',
  summary: 'For tests.',
  rest: 'ask for less',
  scope: 'monitor',
  effect: 'read',
  input: record({}),
  examples: [{ says: 'Try it', args: {} }],
} as const;

async function open(t: TestContext) {
  let stopped: (value: string) => void = () => {};
  const wasStopped = new Promise<string>((resolve) => {
    stopped = resolve;
  });
  const countUp = defineTool({
    ...toy,
    name: 'count_up',
    output: record({ counted: count('How far') }),
    async run(_args, { progress }) {
      for (let i = 1; i <= 3; i++) {
        progress(i, 3, `step ${i}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { counted: 3 };
    },
  });
  const waitForEver = defineTool({
    ...toy,
    name: 'wait_forever',
    output: record({ done: flag('Never') }),
    run: (_args, { signal }) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped(signal.reason.code);
          reject(signal.reason);
        });
      }),
  });
  const auditFile = join(mkdtempSync(join(tmpdir(), 'smcp-')), 'audit.log');
  const clock = systemClock;
  const trail = openTrail({ file: auditFile, maxSizeBytes: 1e9, keep: 1, clock, onTrouble: () => {} });
  const dispatcher = openDispatcher({
    catalogue: [countUp, waitForEver] as unknown as Tool[],
    host: { name: 'toy' } as Host,
    trail,
    clock,
    ratePerMinute: () => 1000,
    onInternal: () => {},
  });
  const era = openEra2025({ core: openMcpCore(dispatcher, '1.2.3'), clock, older: false });
  const health = { failing: () => [], ready: () => true, startedAtMs: 0, version: '1.2.3', clock };
  const server = openHttpServer(
    { door: 'tcp', family: 'inet' },
    {
      routes: openRoutes(dispatcher, health, era.http),
      trail,
      identify: () => callerWith(['monitor']),
      recorded: dispatcher.recorded,
      allowedHosts: () => [],
      draining: () => false,
      peerUid: () => undefined,
      onInternal: () => {},
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)) as unknown as Transport,
  );
  t.after(async () => {
    await client.close();
    era.close();
    dispatcher.close();
    server.closeAllConnections();
    server.close();
    trail.close();
  });
  const records = () =>
    readFileSync(auditFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { client, era, wasStopped, records };
}

test('progress reaches the client, growing, with total and message', async (t) => {
  const { client } = await open(t);
  const seen: unknown[] = [];
  await client.callTool({ name: 'count_up', arguments: {} }, undefined, {
    onprogress: (one) => seen.push(one),
  });
  assert.deepEqual(seen.slice(0, 2), [
    { progress: 1, total: 3, message: 'step 1' },
    { progress: 2, total: 3, message: 'step 2' },
  ]);
});

test('a cancelled call stops its work, and the record says so', async (t) => {
  const { client, wasStopped, records } = await open(t);
  const cancel = new AbortController();
  const call = client.callTool({ name: 'wait_forever', arguments: {} }, undefined, { signal: cancel.signal });
  setTimeout(() => cancel.abort(), 50);
  await assert.rejects(call);
  assert.equal(await wasStopped, 'cancelled');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(records().at(-1).outcome, 'cancelled');
});

test('a session that its client ends stops what runs in it', async (t) => {
  const { client, wasStopped, era } = await open(t);
  const call = client.callTool({ name: 'wait_forever', arguments: {} }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(era.sessions(), 1);
  await (client.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
  assert.equal(await wasStopped, 'cancelled');
  assert.equal(era.sessions(), 0);
  await client.close();
  await call;
});
