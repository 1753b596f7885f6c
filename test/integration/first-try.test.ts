/** What a newcomer does: start it, paste the lines that it prints, end it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Daemon, freePort, type Home, makeHome, spawnDaemon } from './daemon.ts';

const run = promisify(execFile);
const tryArgs = ['serve', '--first-try', '--as-root'];

let home: Home;
let daemon: Daemon;
let lines: string[];
let port: number;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = spawnDaemon(home, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(port) });
  lines = (await daemon.says('Ctrl-C ends it.')).split('\n');
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const lineThatStarts = (words: string): string => {
  const line = lines.find((one) => one.startsWith(words));
  assert.ok(line, `no line starts with ${words}`);
  return line;
};

test('it says where it listens', () => {
  assert.ok(lines.includes(`  ${home.socket}`));
  assert.ok(lines.includes(`  http://127.0.0.1:${port}`));
});

for (const start of ['curl --unix-socket', 'curl -H']) {
  test(`the line '${start} …' works as it is printed`, async () => {
    const { stdout } = await run('bash', ['-c', `${lineThatStarts(start)} -sS --fail-with-body`]);
    const answer = JSON.parse(stdout);
    assert.equal(answer.success, true);
    assert.ok(answer.data.memory.totalBytes > 0);
  });
}

test('the line "claude mcp add …" names an address and a header that an MCP client can use', async () => {
  const found = /^claude mcp add --transport http systemmanager (\S+) --header '([^:]+): ([^']+)'$/.exec(
    lineThatStarts('claude mcp add'),
  );
  assert.ok(found);
  const [, url = '', name = '', value = ''] = found;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { [name]: value } },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport as unknown as Transport);
  const result = await client.callTool({ name: 'get_system_status', arguments: {} });
  assert.ok((result.structuredContent as { memory: { totalBytes: number } }).memory.totalBytes > 0);
  await client.close();
});

test('its key and its socket are for nobody else, and nothing stands outside its own folders', () => {
  assert.equal(statSync(join(home.folder, 'state/systemmanager/keys.json')).mode & 0o777, 0o600);
  assert.equal(statSync(join(home.folder, 'run/systemmanager-mcp')).mode & 0o777, 0o700);
  assert.equal(statSync(home.auditFile).mode & 0o777, 0o640);
  assert.equal(existsSync('/run/systemmanager-mcp/mcp.sock'), false);
});

test('as root it says that it serves as root', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, () => {
  assert.match(daemon.stdout(), /serving as root/);
});

test('a second one for the same user is told that the first one answers', async () => {
  const second = spawnDaemon(home, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(await freePort()) });
  assert.notEqual(await second.end('SIGCONT'), 0);
  assert.match(second.stderr(), new RegExp(home.socket));
});

test('a port in use gets a clear answer with what to do', async () => {
  const other = makeHome();
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const busy = (taken.address() as { port: number }).port;
  const second = spawnDaemon(other, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(busy) });
  assert.notEqual(await second.end('SIGCONT'), 0);
  assert.match(second.stderr(), new RegExp(`127\\.0\\.0\\.1:${busy}`));
  assert.match(second.stderr(), /server\.port/);
  taken.close();
  other.remove();
});

test('Ctrl-C ends it with status 0 and takes its socket along', async () => {
  assert.equal(await daemon.end('SIGINT'), 0);
  assert.equal(existsSync(home.socket), false);
});

test('a socket that a killed daemon left does not stop the next one', async () => {
  const killed = spawnDaemon(home, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(port) });
  await killed.says('Ctrl-C ends it.');
  await killed.end('SIGKILL');
  assert.equal(existsSync(home.socket), true);
  const next = spawnDaemon(home, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(port) });
  await next.says('Ctrl-C ends it.');
  assert.equal(await next.end('SIGTERM'), 0);
});

test('a runtime folder that is not ours is refused', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async () => {
  const other = makeHome();
  mkdirSync(join(other.folder, 'run'), { mode: 0o777 });
  await run('chmod', ['0777', join(other.folder, 'run')]);
  mkdirSync(join(other.folder, 'run/systemmanager-mcp'));
  await run('chown', ['65534', join(other.folder, 'run/systemmanager-mcp')]);
  const refused = spawnDaemon(other, tryArgs, { SYSTEMMANAGER_SERVER_PORT: String(await freePort()) });
  assert.notEqual(await refused.end('SIGCONT'), 0);
  assert.match(refused.stderr(), /belongs to uid 65534/);
  other.remove();
});

test('a broken configuration is refused with every fault at once', async () => {
  const other = makeHome();
  mkdirSync(join(other.folder, 'config/systemmanager'), { recursive: true });
  writeFileSync(
    join(other.folder, 'config/systemmanager/config.yaml'),
    'server:\n  prot: 8080\nsecurity:\n  auth_tokens: ["replace-with-real-token"]\n',
  );
  const refused = spawnDaemon(other, tryArgs);
  assert.notEqual(await refused.end('SIGCONT'), 0);
  assert.match(refused.stderr(), /did you mean 'server\.port'/);
  assert.match(refused.stderr(), /systemmanager-mcp token static/);
  other.remove();
});
