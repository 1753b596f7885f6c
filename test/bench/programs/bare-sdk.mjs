/** The floor for MCP: the SDK's own server and transport with one tool that answers the JSON in the file it is given. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [file, socket] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const structuredContent = JSON.parse(text);
const sessions = new Map();

const answer = async (request, response) => {
  const known = sessions.get(request.headers['mcp-session-id']);
  if (known) return known.handleRequest(request, response);
  const server = new Server({ name: 'floor', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, () => ({
    content: [{ type: 'text', text }],
    structuredContent,
  }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport.handleRequest(request, response);
};
createServer(answer).listen(socket, () => {
  const tcp = createServer(answer).listen(0, '127.0.0.1', () => console.log(`port ${tcp.address().port}`));
});
