import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { drain } from '../../src/daemon/drain.ts';

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A server, and a connection to it that has had its first answer and waits. */
async function idle(): Promise<{ server: Server; client: Socket }> {
  const server = createServer((_request, response) => response.end('answered'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write(request);
  assert.match(String((await once(client, 'data'))[0]), /answered$/);
  return { server, client };
}

test('a connection that waits for nothing is closed, and then the drain is done', async () => {
  const { server, client } = await idle();
  const { done } = drain([server], 60_000);
  await once(client, 'close');
  assert.equal(await done, true);
});

test('a request that arrived while the process stood still is answered before its connection is closed', async () => {
  const { server, client } = await idle();
  const { done } = drain([server], 60_000);
  client.write(request);
  // Longer than idle connections are kept: the clock has run out before anything can be read.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  assert.match(String((await once(client, 'data'))[0]), /answered$/);
  assert.equal(await done, true);
  client.destroy();
});
