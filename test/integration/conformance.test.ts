/**
 * The protocol's own conformance suite: what every server must do, against the running daemon, and what needs tools of
 * certain names, against such tools behind the same adapter and dispatcher. Scenarios of what this server does not
 * offer (prompts, resources, sampling, elicitation, media) are left out.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { count, record, text } from '../../src/tools/schema.ts';
import { defineTool } from '../../src/tools/tool.ts';
import { serveTools, toy } from '../transport/mcp-server.ts';
import { freePort, makeHome, mint, startDaemon } from './daemon.ts';

const suite = join(
  resolve(import.meta.dirname, '../..'),
  'node_modules/@modelcontextprotocol/conformance/dist/index.js',
);

/** Runs one scenario and holds it to at least one check that passed and none that failed. */
async function conforms(url: URL, scenario: string): Promise<void> {
  const { promise, resolve: done } = Promise.withResolvers<string>();
  execFile(
    process.execPath,
    [suite, 'server', '--url', url.href, '--scenario', scenario],
    (_failed, stdout, stderr) => done(`${stdout}${stderr}`),
  );
  const said = await promise;
  assert.match(said, /Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/, said);
}

/** The suite sends no token: this adds it, and passes on everything else as it came. */
async function openDoorFor(t: TestContext, port: number, token: string): Promise<URL> {
  const server = createServer((incoming, outgoing) => {
    const onward = request(
      {
        port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, authorization: `Bearer ${token}` },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

test('the daemon does what every server must', async (t) => {
  const home = makeHome();
  const port = await freePort();
  const daemon = await startDaemon(home, ['--set', `server.port=${port}`]);
  t.after(async () => {
    await daemon.end();
    home.remove();
  });
  const url = await openDoorFor(t, port, await mint(home));
  for (const scenario of [
    'server-initialize',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
  ]) {
    await t.test(scenario, () => conforms(url, scenario));
  }
});

test('tools are called, fail and tell of their progress as the protocol says', async (t) => {
  const says = defineTool({
    ...toy,
    name: 'test_simple_text',
    output: record({ said: text('What it says') }),
    run: async () => ({ said: 'A simple answer.' }),
  });
  const fails = defineTool({
    ...toy,
    name: 'test_error_handling',
    output: record({ said: text('Never') }),
    run: async () => {
      throw new Problem('unavailable', { detail: 'This tool fails on purpose.' });
    },
  });
  const reports = defineTool({
    ...toy,
    name: 'test_tool_with_progress',
    output: record({ steps: count('How many') }),
    async run(_args, { progress }) {
      for (const step of [0, 50, 100]) {
        progress(step, 100);
        await new Promise((done) => setImmediate(done));
      }
      return { steps: 3 };
    },
  });
  const { url } = await serveTools(t, [says, fails, reports]);
  for (const scenario of ['tools-call-simple-text', 'tools-call-error', 'tools-call-with-progress']) {
    await t.test(scenario, () => conforms(url, scenario));
  }
});
