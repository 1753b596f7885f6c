/**
 * The one way to the Docker engine: through dockerode, which is loaded on first use, over its Unix socket, and only by
 * the calls of the written list. Reads go over kept connections and are made again when the engine was restarting;
 * what changes something goes over a connection of its own and is made once.
 */

import { statSync } from 'node:fs';
import { Agent, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';
import { errnoOf, Problem } from '../../base/errors.ts';
import { type CallName, engineCalls, isListed, onlyReads, pathOf } from './calls.ts';
import { connectionProblem, hung, Refusal, refusal, tooNew, tooOld, unreadable } from './engine-problems.ts';
import { chosenApi } from './engine-versions.ts';
import { textAt } from './fields.ts';
import { unlessAborted } from './waiting.ts';

export interface EngineRequest {
  /** For a call whose path has a name. */
  readonly name?: string;
  /** Objects go as JSON. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** For the whole answer, retries included; of a stream for its beginning. */
  readonly deadlineMs?: number;
}

export interface Engine {
  /**
   * The answer as JSON; undefined where it has none. Throws `unavailable`, `permission_denied` and
   * `deadline_exceeded`, each with the mend, `not_found`, `arguments_invalid`, and what the signal was aborted with.
   */
  ask(call: CallName, request?: EngineRequest): Promise<unknown>;
  /** The answer as it comes. Whoever asked for it destroys it. Throws the same. */
  stream(call: CallName, request?: EngineRequest): Promise<Readable>;
  close(): void;
}

const usualDeadlineMs = 5_000;
/** The list of 1,000 containers takes 2 MB. */
const mostBytes = 64 * 1024 * 1024;
const mostRetries = 3;
const firstRetryMs = 50;
const longestRetryMs = 1_000;

/** Which answer is an error is decided here and not by dockerode. */
const everyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i + 100, true]));

/** dockerode describes the options of each request, and with them the agent: 5 ms a request where that is not short. */
class QuietAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

interface Clients {
  readonly kept: Dockerode;
  readonly fresh: Dockerode;
}

export function openEngine(socketPath: string): Engine {
  const agents = {
    kept: new QuietAgent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 4 }),
    fresh: new QuietAgent({ keepAlive: false }),
  };
  let clients: Promise<Clients> | undefined;
  let api: Promise<string> | undefined;

  const load = (): Promise<Clients> => {
    // Where there is no engine, its library is not loaded.
    statSync(socketPath);
    clients ??= import('dockerode').then(({ default: Docker }) => {
      // A host in the environment would come before the socket.
      const over = (agent: Agent): Dockerode => {
        const options = { socketPath, host: undefined, protocol: 'http' as const, agent };
        return new Docker(options);
      };
      return { kept: over(agents.kept), fresh: over(agents.fresh) };
    });
    return clients;
  };

  const begin = async (
    call: CallName,
    path: string,
    request: EngineRequest,
    kept: boolean,
    signal: AbortSignal,
  ): Promise<IncomingMessage> => {
    const { method } = engineCalls[call];
    if (!isListed(method, path)) throw new Error(`${method} ${path} is not in the list of calls`);
    const { kept: keeping, fresh } = await load();
    signal.throwIfAborted();
    return dial(kept ? keeping : fresh, method, path, request, signal);
  };

  /** With a deadline of its own: it is asked for all who wait for it, whoever of them gives up. */
  const negotiate = async (): Promise<string> => {
    const bounds = openBounds({}, false);
    try {
      const answer = await begin('version', pathOf('version'), {}, true, bounds.signal);
      return apiOf(parsed(await bodyOf(answer, false)));
    } catch (thrown) {
      api = undefined;
      throw bounds.signal.aborted ? bounds.signal.reason : thrown;
    } finally {
      bounds.settled();
    }
  };

  const once = async (
    call: CallName,
    request: EngineRequest,
    kept: boolean,
    signal: AbortSignal,
  ): Promise<IncomingMessage> => {
    const named = pathOf(call, request.name);
    api ??= negotiate();
    return begin(call, `/v${await unlessAborted(api, signal)}${named}`, request, kept, signal);
  };

  const problemOf = (thrown: unknown, call: CallName, outer: AbortSignal | undefined): Problem => {
    if (outer?.aborted && outer.reason instanceof Problem) return outer.reason;
    if (thrown instanceof Problem) return thrown;
    // The next engine on this socket may be another one.
    api = undefined;
    return connectionProblem(thrown, socketPath, !onlyReads(call));
  };

  const attempt = async <R>(
    call: CallName,
    request: EngineRequest,
    work: (signal: AbortSignal) => Promise<R>,
    streaming = false,
  ): Promise<R> => {
    const bounds = openBounds(request, !onlyReads(call));
    try {
      for (let retries = 0; ; retries++) {
        try {
          return await work(bounds.signal);
        } catch (thrown) {
          const aborted = bounds.signal.aborted ? bounds.signal.reason : undefined;
          const problem = problemOf(aborted ?? thrown, call, request.signal);
          if (aborted !== undefined || !onlyReads(call) || retries === mostRetries || !passes(thrown)) {
            throw problem;
          }
          await pause(retries, bounds.signal);
        }
      }
    } finally {
      bounds.settled();
      if (!streaming) bounds.release();
    }
  };

  return {
    ask: (call, request = {}) =>
      attempt(call, request, async (signal) => {
        const answer = await once(call, request, onlyReads(call), signal);
        return parsed(await bodyOf(answer, !onlyReads(call)));
      }),
    stream: (call, request = {}) =>
      attempt(
        call,
        request,
        async (signal) => {
          const answer = await once(call, request, false, signal);
          if (isError(answer)) await bodyOf(answer, !onlyReads(call));
          return answer;
        },
        true,
      ),
    close() {
      agents.kept.destroy();
      agents.fresh.destroy();
    },
  };
}

/** What a connection ends with when the engine restarts. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

const passes = (thrown: unknown): boolean =>
  passing.has(errnoOf(thrown) ?? '') ||
  (thrown instanceof Problem && thrown.cause instanceof Refusal && thrown.cause.status === 503);

interface CallBounds {
  readonly signal: AbortSignal;
  /** The deadline is over and done with. */
  settled(): void;
  /** What the caller aborts later concerns this call no more. */
  release(): void;
}

function openBounds(
  { signal: outer, deadlineMs = usualDeadlineMs }: EngineRequest,
  changes: boolean,
): CallBounds {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(hung(deadlineMs, changes)), deadlineMs);
  const onOuter = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', onOuter, { once: true });
  if (outer?.aborted) onOuter();
  return {
    signal: controller.signal,
    settled: () => clearTimeout(timer),
    release: () => outer?.removeEventListener('abort', onOuter),
  };
}

/** Longer each time, and never the same for all who wait. */
async function pause(retries: number, signal: AbortSignal): Promise<void> {
  const most = Math.min(longestRetryMs, firstRetryMs * 3 ** retries);
  const ms = most * (0.5 + Math.random() / 2);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

function dial(
  { modem }: Dockerode,
  method: string,
  path: string,
  { query = {}, body = {} }: EngineRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const options = {
      path: Object.keys(query).length === 0 ? path : `${path}?`,
      method,
      isStream: true,
      statusCodes: everyStatus,
      abortSignal: signal,
      options: { _query: query, _body: body },
    };
    modem.dial(options, (error: Error | null, answer: unknown) => {
      signal.removeEventListener('abort', onAbort);
      if (answer instanceof IncomingMessage) resolve(answer);
      else reject(error ?? unreadable('no answer'));
    });
  });
}

const isError = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode < 200 || statusCode > 399;

/** The whole text of an answer. Throws what a refusal says. */
async function bodyOf(answer: IncomingMessage, changes: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      answer.destroy();
      throw unreadable(`more than ${mostBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString();
  if (isError(answer)) throw refusal(answer.statusCode ?? 0, body, changes);
  return body;
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

function apiOf(said: unknown): string {
  const chosen = chosenApi(textAt(said, 'ApiVersion'), textAt(said, 'MinAPIVersion'));
  if (chosen === undefined) throw unreadable('no version');
  if ('tooOld' in chosen) throw tooOld(chosen.tooOld);
  if ('tooNew' in chosen) throw tooNew(chosen.tooNew);
  return chosen.api;
}
