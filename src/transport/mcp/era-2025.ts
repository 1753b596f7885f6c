/**
 * MCP up to revision 2025-11-25, by the 1.x SDK: Streamable HTTP with sessions, the older HTTP+SSE transport, and
 * stdio. Everything that the SDK needs to know is in this file; everything else stands in core.ts.
 */

import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  type Tool as ListedTool,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { readJson } from '../http/body.ts';
import { correlationHeader, type Exchange } from '../http/exchange.ts';
import { type McpHttp, MethodRefused } from '../http/routes.ts';
import { ended, sendWeb, webRequest } from '../http/web.ts';
import type { McpCore } from './core.ts';
import { openSessions } from './sessions.ts';

/** What each HTTP request tells the handlers, through the SDK's own slot for it. */
interface Facts {
  readonly caller: Caller;
  readonly id: string;
}

const authInfo = (caller: Caller, id: string): AuthInfo => ({
  token: '',
  clientId: caller.agent,
  scopes: [...caller.scopes],
  extra: { caller, id } satisfies Facts as unknown as Record<string, unknown>,
});

/** The SDK compiles schemas only for answers to questions that the server asks, and this one asks none. */
const noValidator = {
  getValidator(): never {
    throw new Error('this server asks its clients nothing');
  },
};

/** What the SDK sends as it is; its own error class puts its code before the words, and its clients do so again. */
const protocolError = (code: ErrorCode, message: string): Error =>
  Object.assign(new Error(message), { code });

function openServer(core: McpCore, factsOf: (auth: AuthInfo | undefined) => Facts): Server {
  const server = new Server(
    { ...core.serverInfo },
    {
      capabilities: { tools: {} },
      instructions: core.instructions,
      jsonSchemaValidator: noValidator,
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, (_request, { authInfo }) => ({
    tools: core.listTools(factsOf(authInfo).caller) as unknown as ListedTool[],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const { caller, id } = factsOf(extra.authInfo);
    const token = extra._meta?.progressToken;
    let last = -1;
    try {
      return (await core.callTool({
        id,
        name: params.name,
        args: params.arguments,
        caller,
        signal: extra.signal,
        progress(done, total, message) {
          // The protocol wants progress to grow, and a client that went away must not fail the work.
          if (token === undefined || done <= last) return;
          last = done;
          extra
            .sendNotification({
              method: 'notifications/progress',
              params: {
                progressToken: token,
                progress: done,
                ...(total === undefined ? {} : { total }),
                ...(message === undefined ? {} : { message }),
              },
            })
            .catch(() => {});
        },
      })) as CallToolResult;
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw protocolError(ErrorCode.InternalError, 'The daemon failed.');
      throw protocolError(ErrorCode.InvalidParams, [thrown.detail, thrown.hint].filter(Boolean).join(' '));
    }
  });
  return server;
}

const factsFromAuth = (auth: AuthInfo | undefined): Facts => {
  const facts = auth?.extra as Facts | undefined;
  if (facts?.caller === undefined) throw protocolError(ErrorCode.InternalError, 'The daemon failed.');
  return facts;
};

type Connection = { readonly server: Server; readonly transport: WebStandardStreamableHTTPServerTransport };

export interface McpEra {
  readonly http: McpHttp;
  /** Ends what idles for its client at once: standing streams, on which nothing is under way. */
  endStreams(): void;
  sessions(): number;
  close(): void;
}

export interface EraParts {
  readonly core: McpCore;
  readonly clock: Clock;
  /** Whether the older HTTP+SSE transport is served too. */
  readonly older: boolean;
}

/** All that Streamable HTTP says beside the body. */
const headersOfProtocol = [
  'accept',
  'content-type',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
];

const isInitialize = (body: unknown): boolean =>
  (Array.isArray(body) ? body : [body]).some(
    (message) => typeof message === 'object' && message !== null && message.method === 'initialize',
  );

export function openEra2025(parts: EraParts): McpEra {
  const { core, clock } = parts;
  const sessions = openSessions<Connection>(clock);
  const streams = openSessions<SSEServerTransport>(clock);

  const handle = async (
    exchange: Exchange,
    caller: Caller,
    transport: WebStandardStreamableHTTPServerTransport,
    body: unknown,
  ): Promise<void> => {
    const answer = await transport.handleRequest(webRequest(exchange, headersOfProtocol), {
      authInfo: authInfo(caller, exchange.id),
      parsedBody: body,
    });
    await sendWeb(exchange, answer);
  };

  const open = async (exchange: Exchange, caller: Caller, body: unknown): Promise<void> => {
    const { id, value } = sessions.add(caller, (sessionId) => {
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => sessionId,
        onsessionclosed: () => sessions.remove(sessionId),
      });
      const server = openServer(core, factsFromAuth);
      return { value: { server, transport }, end: () => void server.close() };
    });
    await value.server.connect(value.transport as unknown as Transport);
    await sessions.use(id, caller, () => handle(exchange, caller, value.transport, body));
    // A first request that opened no session leaves nothing behind.
    if (value.transport.sessionId === undefined) sessions.remove(id);
  };

  const streamable = async (exchange: Exchange, caller: Caller): Promise<void> => {
    const { request } = exchange;
    const sessionId = request.headers['mcp-session-id'];
    if (request.method === 'POST') {
      const body = await readJson(request);
      if (body === undefined) throw new Problem('body_malformed', { detail: 'The body is empty.' });
      if (typeof sessionId !== 'string') {
        if (isInitialize(body)) return open(exchange, caller, body);
        throw new Problem('body_malformed', {
          detail: 'This request names no session and does not open one.',
          hint: 'Send initialize first, then the Mcp-Session-Id of its answer with every request.',
        });
      }
      return sessions.use(sessionId, caller, ({ transport }) => handle(exchange, caller, transport, body));
    }
    if (typeof sessionId !== 'string') throw new MethodRefused(['POST']);
    return sessions.use(sessionId, caller, ({ transport }) => handle(exchange, caller, transport, undefined));
  };

  const older = {
    async open(exchange: Exchange, caller: Caller): Promise<void> {
      const { response, id } = exchange;
      response.setHeader(correlationHeader, id);
      const transport = new SSEServerTransport('/messages', response);
      const server = openServer(core, factsFromAuth);
      // The transport makes its own id and tells it to the client: sessions are found by that one.
      const known = streams.add(
        caller,
        () => ({ value: transport, end: () => void server.close() }),
        transport.sessionId,
      );
      response.once('close', () => streams.remove(known.id));
      await streams.use(known.id, caller, async () => {
        await server.connect(transport);
        await ended(response);
      });
    },
    async message(exchange: Exchange, caller: Caller): Promise<void> {
      const { request, response, query, id } = exchange;
      const body = await readJson(request);
      response.setHeader(correlationHeader, id);
      await streams.use(query.get('sessionId') ?? '', caller, (transport) =>
        transport.handlePostMessage(
          Object.assign(request, { auth: authInfo(caller, id) }),
          response,
          body ?? {},
        ),
      );
    },
  };

  return {
    http: parts.older ? { streamable, older } : { streamable },
    endStreams() {
      sessions.each(({ transport }) => transport.closeStandaloneSSEStream());
      streams.each((transport) => void transport.close());
    },
    sessions: () => sessions.size() + streams.size(),
    close() {
      sessions.close();
      streams.close();
    },
  };
}

/**
 * Serves one local user over a pair of streams until the input ends.
 * @returns when the last answer is out.
 */
export async function serveStdio(
  core: McpCore,
  caller: Caller,
  input: Readable,
  output: Writable,
): Promise<void> {
  const transport = new StdioServerTransport(input, output);
  const server = openServer(core, () => ({ caller, id: randomUUID() }));
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  // The SDK's transport does not notice that its input ended.
  input.once('end', () => void server.close());
  input.once('close', () => void server.close());
  await server.connect(transport);
  await closed;
}
