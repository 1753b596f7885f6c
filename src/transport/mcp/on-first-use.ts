/**
 * Stands in for a protocol era until the first request for it: the SDK takes a tenth of a second and some fifteen
 * megabytes, which a daemon that nobody asks over MCP need not have. Knows no SDK itself.
 */

import type { McpHttp } from '../http/routes.ts';
import type { EraParts, McpEra } from './era-2025.ts';

export function openEraOnFirstUse(parts: EraParts): McpEra {
  let opened: McpEra | undefined;
  let opening: Promise<McpEra> | undefined;
  let closed = false;

  const open = async (): Promise<McpEra> => {
    const { openEra2025 } = await import('./era-2025.ts');
    opened = openEra2025(parts);
    if (closed) opened.close();
    return opened;
  };
  const era = (): Promise<McpEra> => {
    opening ??= open();
    return opening;
  };

  const http: McpHttp = {
    streamable: async (exchange, caller) => (await era()).http.streamable(exchange, caller),
    ...(parts.older
      ? {
          older: {
            open: async (exchange, caller) => (await era()).http.older?.open(exchange, caller),
            message: async (exchange, caller) => (await era()).http.older?.message(exchange, caller),
          },
        }
      : {}),
  };
  return {
    http,
    endStreams: () => opened?.endStreams(),
    sessions: () => opened?.sessions() ?? 0,
    close() {
      closed = true;
      opened?.close();
    },
  };
}
