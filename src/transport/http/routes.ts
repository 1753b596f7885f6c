/** The routes, as a table one can read, and what each does with a request. */

import type { Caller } from '../../auth/caller.ts';
import { Problem } from '../../base/errors.ts';
import { eachWord } from '../../dispatch/authorize.ts';
import type { Dispatcher } from '../../dispatch/invoke.ts';
import { readJson } from './body.ts';
import { type Exchange, sendJson } from './exchange.ts';
import { type Health, type HealthAnswer, healthAnswer, readyAnswer } from './health.ts';
import { argsFromPairs } from './query.ts';

/** A wire besides REST, mounted under its own routes. */
export interface McpHttp {
  streamable(exchange: Exchange, caller: Caller): Promise<void>;
  /** Only with the older HTTP+SSE transport switched on. */
  readonly older?: {
    open(exchange: Exchange, caller: Caller): Promise<void>;
    message(exchange: Exchange, caller: Caller): Promise<void>;
  };
}

interface Open {
  readonly proof: 'none';
  handle(exchange: Exchange): Promise<void> | void;
}

interface Guarded {
  readonly proof: 'caller';
  handle(exchange: Exchange, caller: Caller): Promise<void> | void;
}

export type Route = Open | Guarded;

export interface Routes {
  /** Throws `route_unknown`, or `method_refused` with the methods that the path takes. */
  find(method: string, path: string): Route;
}

/** A `method_refused` that knows what goes into the Allow header. */
export class MethodRefused extends Problem {
  readonly allow: string;

  constructor(allow: readonly string[]) {
    super('method_refused', { detail: `This route takes ${allow.join(', ')}.` });
    this.allow = allow.join(', ');
  }
}

export function openRoutes(dispatcher: Dispatcher, health: Health, mcp: McpHttp): Routes {
  const open = (answer: (health: Health) => HealthAnswer): Open => ({
    proof: 'none',
    handle(exchange) {
      const { status, body } = answer(health);
      sendJson(exchange, status, JSON.stringify(body));
    },
  });
  const guarded = (handle: Guarded['handle']): Guarded => ({ proof: 'caller', handle });

  const streamable = guarded((exchange, caller) => mcp.streamable(exchange, caller));
  const callTool = guarded((exchange, caller) => runTool(dispatcher, exchange, caller));

  const table: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
    '/health': { GET: open(healthAnswer) },
    '/ready': { GET: open(readyAnswer) },
    '/mcp': { POST: streamable, GET: streamable, DELETE: streamable },
    '/tools': { GET: guarded((exchange, caller) => listTools(dispatcher, exchange, caller)) },
    '/tools/*': { GET: callTool, POST: callTool },
    ...(mcp.older === undefined
      ? {}
      : {
          '/sse': { GET: guarded(mcp.older.open) },
          '/messages': { POST: guarded(mcp.older.message) },
        }),
  };

  return {
    find(method, path) {
      const methods = table[/^\/tools\/[^/]+$/.test(path) ? '/tools/*' : path];
      if (methods === undefined || path === '/tools/*') {
        throw new Problem('route_unknown', {
          hint: 'There are /mcp, /tools, /tools/NAME, /health and /ready.',
        });
      }
      const route = methods[method === 'HEAD' ? 'GET' : method];
      if (route === undefined) throw new MethodRefused(Object.keys(methods));
      return route;
    },
  };
}

function listTools(dispatcher: Dispatcher, exchange: Exchange, caller: Caller): void {
  const tools = dispatcher.toolsFor(caller).map((tool) => ({
    name: tool.name,
    title: tool.title,
    summary: tool.summary,
    scope: tool.scope,
    effect: tool.effect,
    input: tool.input,
  }));
  sendJson(exchange, 200, JSON.stringify({ success: true, data: { tools } }));
}

async function runTool(dispatcher: Dispatcher, exchange: Exchange, caller: Caller): Promise<void> {
  const { request, response, path, query, id } = exchange;
  const name = path.slice('/tools/'.length);
  const tool = dispatcher.find(name);
  const byGet = request.method !== 'POST';
  if (byGet && tool !== undefined && eachWord(tool.effect).some((effect) => effect !== 'read')) {
    throw new MethodRefused(['POST']);
  }
  const args = byGet ? argsFromPairs(tool?.input.properties ?? {}, query) : await readJson(request);
  const gone = new AbortController();
  const onClose = () => {
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', onClose);
  const { json } = await dispatcher.invoke({ id, tool: name, args, caller, signal: gone.signal });
  sendJson(exchange, 200, `{"success":true,"data":${json}}`);
}
