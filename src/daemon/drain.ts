/** Ends the listening servers without losing a request that reached them. */

import type { Server } from 'node:http';
import net from 'node:net';

/** How long connections that wait for a next request are kept: one may be on its way. */
const graceMs = 300;
const lastWordMs = 50;

export interface Drain {
  /** Resolves when every connection has ended, or after the longest time: then `false`. */
  readonly done: Promise<boolean>;
  /** Ends what is left, a moment later: what was aborted may still say so. */
  cut(): Promise<void>;
}

/**
 * Stops accepting at once. Connections end by themselves after the answer under way; those that wait for a next
 * request are closed a moment later. `http.Server.close()` would close them at once, under a request on its way.
 */
export function drain(servers: readonly Server[], longestMs: number): Drain {
  const closed = servers.map(
    (server) =>
      new Promise<void>((resolve) => {
        if (!server.listening) return resolve();
        net.Server.prototype.close.call(server, () => resolve());
      }),
  );
  // After a round of reading: on a busy machine a request may have arrived that nobody has looked at yet.
  const closeIdle = setInterval(() => {
    setImmediate(() => {
      for (const server of servers) server.closeIdleConnections();
    });
  }, graceMs);
  let longest: NodeJS.Timeout | undefined;
  const tooLong = new Promise<false>((resolve) => {
    longest = setTimeout(() => resolve(false), longestMs);
  });
  const all = Promise.all(closed).then(() => true as const);
  return {
    done: Promise.race([all, tooLong]).finally(() => {
      clearInterval(closeIdle);
      clearTimeout(longest);
    }),
    async cut() {
      await new Promise((resolve) => setTimeout(resolve, lastWordMs));
      for (const server of servers) server.closeAllConnections();
    },
  };
}
