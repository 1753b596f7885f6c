/** Load: clients that are slow, large, many or deaf. Bounded in count and time, on loopback alone. */

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ask, type Daemon, freePort, type Home, makeHome, mint, startDaemon } from '../integration/daemon.ts';

const run = promisify(execFile);
let home: Home;
let daemon: Daemon;
let port: number;
let token: string;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = await startDaemon(home, ['--set', `server.port=${port}`], {
    SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000',
  });
  token = await mint(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const well = async () => (await ask({ socket: home.socket, path: '/tools/whoami', token })).status === 200;

async function answerTo(write: (socket: Socket) => void): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  write(socket);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

test('headers that never end, and bodies that never end, are cut off while others are answered', async () => {
  const headers = answerTo((socket) => {
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 1000);
    socket.once('close', () => clearInterval(drip));
  });
  const body = answerTo((socket) => {
    socket.write(
      `POST /tools/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    const drip = setInterval(() => socket.write(' '), 1000);
    socket.once('close', () => clearInterval(drip));
  });
  const silent = answerTo(() => {});
  assert.ok(await well());
  assert.match(await headers, /^HTTP\/1\.1 408 /);
  assert.match(await silent, /^(HTTP\/1\.1 408 |$)/);
  assert.match(await body, /^HTTP\/1\.1 408 /);
  assert.ok(await well());
});

test('oversized headers are 431 and oversized bodies 413, as JSON', async () => {
  const large = await answerTo((socket) => {
    socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
  });
  assert.match(large, /^HTTP\/1\.1 431 [\s\S]*"success":false/);
  const { status, json } = await ask({
    port,
    path: '/tools/whoami',
    token,
    body: `"${'x'.repeat(1_100_000)}"`,
  });
  assert.equal(status, 413);
  assert.equal(json.error.code, 'body_too_large');
});

test('JSON that nests a hundred thousand levels is 400', async () => {
  const { status, json } = await ask({ port, path: '/tools/whoami', token, body: '['.repeat(100_000) });
  assert.equal(status, 400);
  assert.equal(json.error.code, 'body_malformed');
});

test('a batch beyond the limit is refused', async () => {
  const headers = { Accept: 'application/json, text/event-stream' };
  const initialize = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  });
  const opened = await ask({ port, path: '/mcp', token, body: initialize, headers });
  const batch = JSON.stringify(
    Array.from({ length: 5000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' })),
  );
  const { status } = await ask({
    port,
    path: '/mcp',
    token,
    body: batch,
    headers: { ...headers, 'Mcp-Session-Id': String(opened.headers['mcp-session-id']) },
  });
  assert.ok(status >= 400 && status < 500, String(status));
  assert.ok(await well());
});

test('fifty requests in one packet are answered in their order', async () => {
  const one = (id: number, last: boolean) =>
    `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Correlation-ID: n${id}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
  const text = await answerTo((socket) => {
    socket.write(Array.from({ length: 50 }, (_, i) => one(i, i === 49)).join(''));
  });
  const ids = [...text.matchAll(/X-Correlation-ID: n(\d+)/gi)].map(([, id]) => Number(id));
  assert.deepEqual(
    ids,
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test('a client that closed its half still gets its answer', async () => {
  const text = await answerTo((socket) => {
    socket.end('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  assert.match(text, /^HTTP\/1\.1 200 /);
});

test('a thousand idle connections keep nobody from being answered, on their door or another', async () => {
  const idle = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = createConnection(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    }),
  );
  assert.equal((await ask({ port, path: '/health' })).status, 200);
  assert.ok(await well());
  for (const socket of idle) socket.destroy();
});

test('a client that asks without reading does not fill the memory', async () => {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  const one = `GET /tools HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  for (let i = 0; i < 50; i++) {
    if (!socket.write(one.repeat(100)))
      await Promise.race([once(socket, 'drain'), new Promise((done) => setTimeout(done, 50))]);
  }
  assert.ok(await well());
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(daemon.child.pid)]);
  assert.ok(Number(stdout) < 400 * 1024, `${stdout} kB`);
  socket.destroy();
});

test('one caller that uses up its calls takes none from another', async (t) => {
  const other = makeHome();
  const limited = await startDaemon(other, ['--set', 'security.rate_limit=3']);
  t.after(async () => {
    await limited.end('SIGKILL');
    other.remove();
  });
  const greedy = await mint(other);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++)
    statuses.push((await ask({ socket: other.socket, path: '/tools/whoami', token: greedy })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  const refused = await ask({ socket: other.socket, path: '/tools/whoami', token: greedy });
  assert.match(String(refused.headers['retry-after']), /^[1-9]\d*$/);
  const { runProgram } = await import('../integration/daemon.ts');
  const modest = (
    await runProgram(other, [
      'token',
      'mint',
      '--user',
      '--agent',
      'modest',
      '--scopes',
      'monitor',
      '--ttl',
      '1h',
    ])
  ).stdout.trim();
  assert.equal((await ask({ socket: other.socket, path: '/tools/whoami', token: modest })).status, 200);
});

const ab = (() => {
  try {
    execFileSync('ab', ['-V'], { stdio: 'ignore' });
    return false as const;
  } catch {
    return 'ab is missing: install apache2-utils';
  }
})();

const abRun = async (where: number, bearer: string, n: number, c: number) =>
  (
    await run('ab', [
      '-l',
      '-q',
      '-n',
      String(n),
      '-c',
      String(c),
      '-H',
      `Authorization: Bearer ${bearer}`,
      `http://127.0.0.1:${where}/tools/get_system_status`,
    ])
  ).stdout;

test('ab with 100 requests, 10 at once, passes whole under the default limits', { skip: ab }, async (t) => {
  const other = makeHome();
  const at = await freePort();
  const ordinary = await startDaemon(other, ['--set', `server.port=${at}`]);
  t.after(async () => {
    await ordinary.end('SIGKILL');
    other.remove();
  });
  const out = await abRun(at, await mint(other), 100, 10);
  assert.match(out, /Complete requests: +100\n/);
  assert.match(out, /Failed requests: +0\n/);
  assert.doesNotMatch(out, /Non-2xx/);
});

test('ab with 1,000 requests, 100 at once, fails none', { skip: ab }, async () => {
  const out = await abRun(port, token, 1000, 100);
  assert.match(out, /Complete requests: +1000\n/);
  assert.match(out, /Failed requests: +0\n/);
  assert.doesNotMatch(out, /Non-2xx/);
});
