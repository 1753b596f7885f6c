/**
 * An HTTP server for one door: limits, the guard, the request id, the proof, the route, and errors in one shape.
 * It listens on nothing by itself and knows no tool.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Trail } from '../../audit/trail.ts';
import type { Caller, Door } from '../../auth/caller.ts';
import type { Credential } from '../../auth/identify.ts';
import { asProblem, errnoOf, Problem } from '../../base/errors.ts';
import { correlationHeader, type Exchange, errorBody, sendProblem } from './exchange.ts';
import { checkHostAndOrigin, refuseFunnel, stripForwarding } from './guard.ts';
import { refuseTokenInQuery } from './query.ts';
import { MethodRefused, type Routes } from './routes.ts';
import { openTurns } from './turns.ts';

export interface DoorFacts {
  readonly door: Door;
  readonly family: 'unix' | 'inet' | 'inet6';
}

export interface ServerParts {
  readonly routes: Routes;
  readonly trail: Trail;
  identify(credential: Credential): Caller;
  /** Whether the dispatcher has recorded this failure already. */
  recorded(problem: Problem): boolean;
  /** Host names besides localhost and IP addresses that TCP callers may use. */
  allowedHosts(): readonly string[];
  /** Whether the daemon is about to stop. */
  draining(): boolean;
  /** The uid at the other end of a Unix socket, where the kernel tells. */
  peerUid(socket: Socket): number | undefined;
  /** Told of each failure that is nobody's fault but ours. */
  onInternal(problem: Problem, correlationId: string): void;
}

/** Connections of one door at once; more are closed by the kernel's queue and Node. */
const maxConnections = 2048;
/** A peer that has taken nothing for so long is not reading. */
const stalledMs = 30_000;

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  requireHostHeader: true,
} as const;

const saneId = /^[A-Za-z0-9._:-]{1,64}$/;

const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./.test(address);

export function openHttpServer(facts: DoorFacts, parts: ServerParts): Server {
  const server = createServer(limits, (request, response) => {
    void serve(facts, parts, request, response);
  });
  server.maxConnections = maxConnections;
  server.on('clientError', (error, socket) => refuseMalformed(facts, parts, error, socket));
  closeStalled(server);
  return server;
}

function sourceOf(facts: DoorFacts, parts: ServerParts, socket: Socket): string {
  if (facts.family !== 'unix') return socket.remoteAddress ?? 'unknown';
  const uid = parts.peerUid(socket);
  return uid === undefined ? 'unix' : `uid ${uid}`;
}

/** The peer of a connection does not change: it is asked for once. */
const sources = new WeakMap<Socket, string>();

function exchangeOf(
  facts: DoorFacts,
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  proxied: boolean,
): Exchange {
  const { socket, headers } = request;
  let source = sources.get(socket);
  if (source === undefined) {
    source = sourceOf(facts, parts, socket);
    sources.set(socket, source);
  }
  const sentId = headers['x-correlation-id'];
  const near = facts.family === 'unix' ? facts.door === 'mcp' : isLoopback(socket.remoteAddress ?? '');
  const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
  return {
    request,
    response,
    door: facts.door,
    source,
    local: near && !proxied,
    id: typeof sentId === 'string' && saneId.test(sentId) ? sentId : randomUUID(),
    path,
    query: new URLSearchParams(query),
    draining: parts.draining,
  };
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** One line for all doors: they share the loop. */
const turn = openTurns();

async function serve(
  facts: DoorFacts,
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const stripped = stripForwarding(request);
  const exchange = exchangeOf(facts, parts, request, response, stripped.length > 0);
  await turn();
  try {
    refuseFunnel(stripped);
    if (facts.family !== 'unix') checkHostAndOrigin(request, parts.allowedHosts());
    const route = parts.routes.find(request.method ?? 'GET', exchange.path);
    if (route.proof === 'none') return await route.handle(exchange);
    refuseTokenInQuery(exchange.query);
    const caller = parts.identify({
      authorization: authorizationOf(request),
      door: exchange.door,
      source: exchange.source,
      local: exchange.local,
    });
    await route.handle(exchange, caller);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!parts.recorded(problem)) recordRefusal(parts, exchange, problem);
    if (problem.code === 'internal') parts.onInternal(problem, exchange.id);
    sendProblem(exchange, problem, {
      ...(problem instanceof MethodRefused ? { Allow: problem.allow } : {}),
      ...(leavesMuch(request) ? endAfterAnswer(request) : {}),
    });
  }
}

/** Every Authorization header: `headers` keeps one and drops the others without a word. */
function authorizationOf({ headers, rawHeaders }: IncomingMessage): readonly string[] {
  if (headers.authorization === undefined) return [];
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'authorization') values.push(rawHeaders[i + 1] ?? '');
  }
  return values;
}

/** A body no larger than this is read to its end after a refusal, so that the connection can be used again. */
const smallBodyBytes = 64 * 1024;

/** Whether more of the body is to come than is worth reading. */
const leavesMuch = ({ complete, headers }: IncomingMessage): boolean =>
  !complete &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBodyBytes);

/** The header that says that the connection ends. It ends on our side alone: cut at once, it would take the answer with it. */
function endAfterAnswer(request: IncomingMessage): { Connection: 'close' } {
  const { socket } = request;
  socket.destroySoon = () => socket.end();
  request.resume();
  return { Connection: 'close' };
}

function recordRefusal(parts: ServerParts, exchange: Exchange, problem: Problem): void {
  parts.trail
    .open({
      correlationId: exchange.id,
      door: exchange.door,
      source: exchange.source,
      route: `${exchange.request.method} ${exchange.path}`.slice(0, 256),
    })
    .failed(problem);
}

/** What the HTTP parser refuses never becomes a request: it is answered here, and recorded. */
function refuseMalformed(facts: DoorFacts, parts: ServerParts, error: Error, stream: Duplex): void {
  const code = errnoOf(error);
  if (code === 'ECONNRESET' || !stream.writable) {
    stream.destroy();
    return;
  }
  const [status, words, problem] =
    code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'The headers are larger than 16 KiB.']
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'The request did not arrive in time.']
        : [400, 'Bad Request', 'This is not an HTTP/1.1 request.'];
  const id = randomUUID();
  const refusal = new Problem('body_malformed', { detail: problem, cause: error });
  parts.trail
    .open({
      correlationId: id,
      door: facts.door,
      source: sourceOf(facts, parts, stream as Socket),
      route: 'malformed',
    })
    .failed(refusal);
  const body = JSON.stringify(errorBody(refusal, id));
  stream.end(
    `HTTP/1.1 ${status} ${words}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n${correlationHeader}: ${id}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Ends connections whose peer does not take what it asked for, so that unread answers cannot fill the memory. */
function closeStalled(server: Server): void {
  const waiting = new Map<Socket, { taken: number; since: number }>();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const socket of sockets) {
      const taken = socket.bytesWritten - socket.writableLength;
      const before = waiting.get(socket);
      if (socket.writableLength === 0) waiting.delete(socket);
      else if (before === undefined || before.taken !== taken) waiting.set(socket, { taken, since: now });
      else if (now - before.since > stalledMs) socket.destroy();
    }
  }, 5_000);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
