/** The web's own Request and Response over an exchange of node:http, for a library that speaks nothing else. */

import type { ServerResponse } from 'node:http';
import { correlationHeader, type Exchange } from './exchange.ts';

/** @param names the headers that are passed on, and no other: least of all the token */
export function webRequest({ request, path }: Exchange, names: readonly string[]): Request {
  const headers: [string, string][] = [];
  for (const name of names) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.push([name, value]);
  }
  return new Request(`http://localhost${path}`, { method: request.method ?? 'GET', headers });
}

/**
 * Sends `answer`, however long it streams. What it holds before this turn of the loop ends leaves in one piece and with
 * its length; a client that goes away cancels the rest.
 * @returns when all is out or the client gone.
 */
export async function sendWeb(exchange: Exchange, answer: Response): Promise<void> {
  const { response } = exchange;
  const head = (more: Readonly<Record<string, number>> = {}) =>
    response.writeHead(answer.status, { ...headersOf(exchange, answer), ...more });
  const ready: Uint8Array[] = [];
  let streams = false;
  const stream = (): void => {
    if (response.headersSent || response.destroyed) return;
    streams = true;
    head();
    if (ready.length === 0) response.flushHeaders();
    for (const part of ready) response.write(part);
  };
  setImmediate(stream);

  const reader = answer.body?.getReader();
  const cancel = () => void reader?.cancel().catch(() => {});
  response.once('close', cancel);
  try {
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      if (!streams) ready.push(part.value);
      else if (!response.write(part.value)) await taken(response);
    }
  } catch (thrown) {
    // What was begun and cannot be ended must not look whole.
    if (streams) response.destroy();
    throw thrown;
  } finally {
    response.off('close', cancel);
  }
  if (streams) response.end();
  else if (!response.destroyed) {
    const body = Buffer.concat(ready);
    head(answer.body === null ? {} : { 'Content-Length': body.length }).end(body);
  }
  await ended(response);
}

/** The answer's own, but for those about the connection, which is ours. */
function headersOf({ id, draining }: Exchange, answer: Response): Record<string, string> {
  const headers: Record<string, string> = { [correlationHeader]: id, 'X-Content-Type-Options': 'nosniff' };
  for (const [name, value] of answer.headers) if (name !== 'connection') headers[name] = value;
  if (draining()) headers['Connection'] = 'close';
  return headers;
}

/** Resolves when there is room for more or nobody left to take it. */
const taken = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn).off('close', goOn);
      resolve();
    };
    response.on('drain', goOn).on('close', goOn);
  });

/** Resolves when the answer is out or its client gone. */
export function ended(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once('close', resolve));
}
