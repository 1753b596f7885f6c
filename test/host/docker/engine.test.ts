/** What keeps an engine from answering, each with its mend, on sockets that behave so. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Engine, openEngine } from '../../../src/host/docker/engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'engine-'));
const endings: (() => void)[] = [];
after(() => {
  for (const end of endings) end();
  rmSync(folder, { recursive: true, force: true });
});

let sockets = 0;
const freshPath = (): string => {
  sockets += 1;
  return join(folder, `${sockets}.sock`);
};

function engineAt(path: string): Engine {
  const engine = openEngine(path);
  endings.push(engine.close);
  return engine;
}

async function answering(listener: RequestListener): Promise<Engine> {
  const path = freshPath();
  const server: Server = createServer(listener).listen(path);
  await once(server, 'listening');
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return engineAt(path);
}

const version = JSON.stringify({ ApiVersion: '1.45', MinAPIVersion: '1.24' });

test('an answer is JSON, asked for with the version that both speak', async () => {
  const urls: (string | undefined)[] = [];
  const engine = await answering(({ url }, answer) => {
    urls.push(url);
    answer.end(url === '/version' ? version : '[{"Id":"a"}]');
  });
  assert.deepEqual(await engine.ask('listContainers', { query: { all: true, filters: { name: ['x'] } } }), [
    { Id: 'a' },
  ]);
  assert.deepEqual(urls, [
    '/version',
    '/v1.45/containers/json?all=true&filters=%7B%22name%22%3A%5B%22x%22%5D%7D',
  ]);
});

test('without a socket there is no engine', async () => {
  await assert.rejects(engineAt(freshPath()).ask('info'), {
    code: 'unavailable',
    detail: /There is no Docker engine here: .* does not exist/,
    hint: /docker\.socket_path/,
  });
});

test('a socket on which nobody listens belongs to a stopped engine', async () => {
  const path = freshPath();
  const server = createPlainServer().listen(path);
  await once(server, 'listening');
  // The file of the socket stays when its process is killed.
  const { renameSync } = await import('node:fs');
  renameSync(path, `${path}.kept`);
  server.close();
  await once(server, 'close');
  renameSync(`${path}.kept`, path);
  await assert.rejects(engineAt(path).ask('info'), {
    code: 'unavailable',
    detail: /is stopped/,
    hint: /systemctl start/,
  });
});

test('a file that is no socket is said to be none', async () => {
  const path = freshPath();
  writeFileSync(path, '');
  await assert.rejects(engineAt(path).ask('info'), { code: 'unavailable' });
});

test('an engine that takes the connection and says nothing hangs', async () => {
  const engine = await answering(() => {});
  await assert.rejects(engine.ask('info', { deadlineMs: 50 }), {
    code: 'deadline_exceeded',
    detail: /did not answer within/,
  });
});

test('a read is made again when the connection breaks, and a change is not', async () => {
  let reads = 0;
  let changes = 0;
  const engine = await answering(({ url, method, socket }, answer) => {
    if (url === '/version') answer.end(version);
    else if (method === 'POST') {
      changes += 1;
      socket.destroy();
    } else if (++reads < 3) socket.destroy();
    else answer.end('{}');
  });
  assert.deepEqual(await engine.ask('info'), {});
  assert.equal(reads, 3);
  await assert.rejects(engine.ask('stopContainer', { name: 'web' }), {
    code: 'unavailable',
    hint: /may have happened nevertheless: look with get_container/,
  });
  assert.equal(changes, 1);
});

test('an engine that is starting is asked again', async () => {
  let asked = 0;
  const engine = await answering(({ url }, answer) => {
    if (url === '/version') return answer.end(version);
    asked += 1;
    if (asked < 3) answer.statusCode = 503;
    return answer.end(asked < 3 ? '{"message":"starting"}' : '{}');
  });
  assert.deepEqual(await engine.ask('info'), {});
});

test('an older and a newer API are named', async () => {
  const older = await answering((_, answer) => answer.end(JSON.stringify({ ApiVersion: '1.24' })));
  await assert.rejects(older.ask('info'), { code: 'unavailable', detail: /version 1\.24 .* 1\.41/ });
  const newer = await answering((_, answer) =>
    answer.end(JSON.stringify({ ApiVersion: '2.1', MinAPIVersion: '2.0' })),
  );
  await assert.rejects(newer.ask('info'), { code: 'unavailable', detail: /below 2\.0/ });
});

test('what does not speak as an engine is said not to', async () => {
  const engine = await answering((_, answer) => answer.end('<html>'));
  await assert.rejects(engine.ask('info'), { code: 'unavailable', hint: /docker\.socket_path/ });
});

test('a refusal says what the engine said, without secrets', async () => {
  const engine = await answering(({ url }, answer) => {
    if (url === '/version') return answer.end(version);
    answer.statusCode = 404;
    return answer.end('{"message":"No such container: web password=hunter2hunter2"}');
  });
  await assert.rejects(engine.ask('inspectContainer', { name: 'web' }), (thrown: Error) => {
    assert.match(thrown.message, /No such container: web/);
    assert.doesNotMatch(thrown.message, /hunter2/);
    return true;
  });
});

test('a call that is given up ends at once with what it was given up for', async () => {
  const controller = new AbortController();
  const engine = await answering(({ url }, answer) => {
    if (url === '/version') answer.end(version);
    else controller.abort(new Error('enough'));
  });
  await assert.rejects(engine.ask('info', { signal: controller.signal, deadlineMs: 60_000 }));
});
