import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { Exchange } from '../../src/transport/http/exchange.ts';
import { sendWeb, webRequest } from '../../src/transport/http/web.ts';
import { until } from '../until.ts';

interface Asking {
  readonly headers?: Record<string, string>;
  readonly draining?: boolean;
}

/** Asks a server that answers so. */
async function ask(
  t: TestContext,
  answering: (exchange: Exchange) => Response,
  { headers = {}, draining = false }: Asking = {},
): Promise<IncomingMessage> {
  const server = createServer((incoming, response) => {
    const exchange = { request: incoming, response, id: 'an-id', path: '/mcp', draining: () => draining };
    sendWeb(exchange as Exchange, answering(exchange as Exchange)).catch(() => {
      if (!response.headersSent) response.writeHead(500).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers }).end();
  t.after(() => {
    outgoing.destroy();
    server.close();
    server.closeAllConnections();
  });
  const [answer] = await once(outgoing, 'response');
  return answer;
}

const bytes = (words: string) => new TextEncoder().encode(words);

test('what is there at once leaves whole, with its length and with what every answer carries', async (t) => {
  const answer = await ask(
    t,
    () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            for (const part of ['one ', 'two']) {
              for (let ticks = 0; ticks < 50; ticks++) await undefined;
              controller.enqueue(bytes(part));
            }
            controller.close();
          },
        }),
        { status: 201, headers: { 'Content-Type': 'text/event-stream', Connection: 'keep-alive' } },
      ),
  );
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers['content-length'], '7');
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  assert.equal(answer.headers['x-correlation-id'], 'an-id');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(await text(answer), 'one two');
});

test('what takes longer is sent as it comes', async (t) => {
  let later: ReadableStreamDefaultController | undefined;
  const answer = await ask(
    t,
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(bytes('first '));
            later = controller;
          },
        }),
      ),
  );
  assert.equal(answer.headers['transfer-encoding'], 'chunked');
  const [first] = await once(answer, 'data');
  assert.equal(String(first), 'first ');
  const rest = text(answer);
  later!.enqueue(bytes('last'));
  later!.close();
  assert.equal(await rest, 'last');
});

test('the head of an answer without any part yet does not wait for one', async (t) => {
  const answer = await ask(t, () => new Response(new ReadableStream({}), { status: 200 }));
  assert.equal(answer.statusCode, 200);
});

test('an answer without a body is one', async (t) => {
  const answer = await ask(t, () => new Response(null, { status: 202 }));
  assert.equal(answer.statusCode, 202);
  assert.equal(await text(answer), '');
});

test('a client that goes away cancels the rest', async (t) => {
  let cancelled = false;
  const answer = await ask(
    t,
    () =>
      new Response(
        new ReadableStream({
          cancel() {
            cancelled = true;
          },
        }),
      ),
  );
  answer.destroy();
  await until('the stream is cancelled', () => cancelled);
});

test('an answer that fails on the way is cut off, one that fails before is none', async (t) => {
  const failing = (after?: string) =>
    new Response(
      new ReadableStream({
        start(controller) {
          if (after === undefined) return controller.error(new Error('lost'));
          controller.enqueue(bytes(after));
          setTimeout(() => controller.error(new Error('lost')), 50);
        },
      }),
    );
  await assert.rejects(text(await ask(t, () => failing('half'))), { code: 'ECONNRESET' });
  assert.equal((await ask(t, () => failing())).statusCode, 500);
});

test('a client that reads slowly holds the stream back', async (t) => {
  let pulled = 0;
  const part = Buffer.alloc(256 * 1024, 'x');
  const answer = await ask(
    t,
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            if (pulled > 400) controller.close();
            else controller.enqueue(part);
            // The first part is late, so that this streams.
            return new Promise((resolve) => setImmediate(resolve));
          },
        }),
      ),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(pulled < 100, `${pulled} parts of 256 KiB are on their way to a client that reads nothing`);
  let length = 0;
  for await (const chunk of answer) length += chunk.length;
  assert.equal(length, 400 * part.length);
});

test('while the daemon drains, an answer is the last one of its connection', async (t) => {
  const keepAlive = { headers: { Connection: 'keep-alive' } };
  const draining = await ask(t, () => new Response('{}', keepAlive), { draining: true });
  assert.equal(draining.headers.connection, 'close');
  const serving = await ask(t, () => new Response('{}', keepAlive));
  assert.notEqual(serving.headers.connection, 'close');
});

test('of the headers those alone are passed on that are asked for', async (t) => {
  let passed: Request | undefined;
  const headers = { Authorization: 'Bearer a-token', Accept: 'text/plain', 'X-Other': 'x' };
  await ask(
    t,
    (exchange) => {
      passed = webRequest(exchange, ['accept', 'content-type']);
      return new Response(null);
    },
    { headers },
  );
  assert.deepEqual([passed!.method, new URL(passed!.url).pathname], ['POST', '/mcp']);
  assert.deepEqual([...passed!.headers], [['accept', 'text/plain']]);
});
