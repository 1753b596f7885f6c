/** One request and its answer: what every route is handed, and the one shape in which answers and errors leave. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Door } from '../../auth/caller.ts';
import type { Problem } from '../../base/errors.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly door: Door;
  /** An address, or `uid N` on a Unix socket. */
  readonly source: string;
  /** On this machine and through no proxy: a Unix socket or loopback, without any forwarding header. */
  readonly local: boolean;
  /** The correlation id. */
  readonly id: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whether the daemon is about to stop: an answer given then is the last one on its connection. */
  draining(): boolean;
}

/** Headers that each answer carries, whatever it says. */
const everyAnswer = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

export const correlationHeader = 'X-Correlation-ID';

/** Sends a body that is JSON already. */
export function sendJson(
  exchange: Exchange,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...everyAnswer,
    'Content-Length': Buffer.byteLength(json),
    [correlationHeader]: exchange.id,
    ...(exchange.draining() ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(json);
}

/** The one JSON shape of an error. */
export function errorBody(problem: Problem, id: string): Record<string, unknown> {
  const { code, detail, hint, kind } = problem;
  return {
    success: false,
    error: { code, category: kind.category, message: detail, ...(hint ? { hint } : {}), correlationId: id },
  };
}

/** Headers that tell the client what to do about a problem (RFC 9110 §11.6.1, §10.2.3; RFC 6750 §3). */
export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = {};
  if (problem.kind.status === 401) {
    const sent = problem.code === 'token_missing' ? '' : ', error="invalid_token"';
    headers['WWW-Authenticate'] = `Bearer realm="systemmanager"${sent}`;
  }
  if (problem.retryAfterSeconds !== undefined) headers['Retry-After'] = String(problem.retryAfterSeconds);
  return headers;
}

export function sendProblem(
  exchange: Exchange,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(exchange, problem.kind.status, JSON.stringify(errorBody(problem, exchange.id)), {
    ...problemHeaders(problem),
    ...headers,
  });
}
