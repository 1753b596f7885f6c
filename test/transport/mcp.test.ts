/** The MCP adapter over HTTP with tools that take their time: progress, cancellation, sessions that drain. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { count, flag, record } from '../../src/tools/schema.ts';
import { defineTool } from '../../src/tools/tool.ts';
import { serveTools, toy } from './mcp-server.ts';

async function open(t: TestContext) {
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<string>();
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
          stopped.resolve(signal.reason.code);
          reject(signal.reason);
        });
        started.resolve();
      }),
  });
  const { url, era, records } = await serveTools(t, [countUp, waitForEver]);
  const client = new Client({ name: 'test', version: '1' });
  // The SDK's own types disagree under exactOptionalPropertyTypes.
  await client.connect(new StreamableHTTPClientTransport(url) as unknown as Transport);
  t.after(() => client.close());
  return { client, era, started: started.promise, wasStopped: stopped.promise, records };
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
  const { client, started, wasStopped, records } = await open(t);
  const cancel = new AbortController();
  const call = client.callTool({ name: 'wait_forever', arguments: {} }, undefined, { signal: cancel.signal });
  const refused = assert.rejects(call);
  await started;
  cancel.abort();
  await refused;
  assert.equal(await wasStopped, 'cancelled');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(records().at(-1)?.outcome, 'cancelled');
});

test('a session that its client ends stops what runs in it', async (t) => {
  const { client, started, wasStopped, era } = await open(t);
  const call = client.callTool({ name: 'wait_forever', arguments: {} }).catch(() => {});
  await started;
  assert.equal(era.sessions(), 1);
  await (client.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
  assert.equal(await wasStopped, 'cancelled');
  assert.equal(era.sessions(), 0);
  await client.close();
  await call;
});
