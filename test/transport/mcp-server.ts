/** Tools of a test behind the whole way of a request: HTTP, the MCP adapter, dispatcher and audit, in this process. */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openTrail } from '../../src/audit/trail.ts';
import { systemClock } from '../../src/base/clock.ts';
import { checkCatalogue } from '../../src/dispatch/checked-catalogue.ts';
import { openDispatcher } from '../../src/dispatch/invoke.ts';
import type { Host } from '../../src/host/host.ts';
import { record } from '../../src/tools/schema.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { openRoutes } from '../../src/transport/http/routes.ts';
import { openHttpServer } from '../../src/transport/http/server.ts';
import { openMcpCore } from '../../src/transport/mcp/core.ts';
import { type McpEra, openEra2025 } from '../../src/transport/mcp/era-2025.ts';
import { callerWith } from '../dispatch/toy-tools.ts';

/** What every toy has in common. */
export const toy = {
  title: 'A toy',
  summary: 'For tests.',
  rest: 'ask for less',
  scope: 'monitor',
  effect: 'read',
  input: record({}),
  examples: [{ says: 'Try it', args: {} }],
} as const;

export interface ServedTools {
  readonly url: URL;
  readonly era: McpEra;
  /** The audit's records so far. */
  records(): { outcome: string }[];
}

export async function serveTools(t: TestContext, catalogue: readonly unknown[]): Promise<ServedTools> {
  const folder = mkdtempSync(join(tmpdir(), 'smcp-'));
  const auditFile = join(folder, 'audit.log');
  const clock = systemClock;
  const trail = openTrail({ file: auditFile, maxSizeBytes: 1e9, keep: 1, clock, onTrouble: () => {} });
  const dispatcher = openDispatcher({
    catalogue: checkCatalogue(catalogue as readonly Tool[]),
    host: { name: 'toy' } as Host,
    trail,
    clock,
    ratePerMinute: () => 1000,
    onInternal: () => {},
  });
  const era = openEra2025({ core: openMcpCore(dispatcher, '1.2.3'), clock, older: false });
  const health = { failing: () => [], ready: () => true, startedAtMs: 0, version: '1.2.3', clock };
  const server = openHttpServer(
    { door: 'tcp', family: 'inet' },
    {
      routes: openRoutes(dispatcher, health, era.http),
      trail,
      identify: () => callerWith(['monitor']),
      recorded: dispatcher.recorded,
      allowedHosts: () => [],
      draining: () => false,
      peerUid: () => undefined,
      onInternal: () => {},
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.after(() => {
    era.close();
    dispatcher.close();
    server.closeAllConnections();
    server.close();
    trail.close();
    rmSync(folder, { recursive: true });
  });
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    era,
    records: () =>
      readFileSync(auditFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}
