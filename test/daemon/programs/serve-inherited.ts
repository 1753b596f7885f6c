/** Serves its inherited TCP listener for one connection, which is told the number of this process and the queue's length. */

import { createServer } from 'node:net';
import { listenOn } from '../../../src/daemon/bind.ts';
import { inheritedListeners } from '../../../src/daemon/listeners.ts';
import { backlogOf } from '../descriptor.ts';

process.env['LISTEN_PID'] = String(process.pid);
for (const listener of await inheritedListeners()) {
  const server = createServer((socket) => {
    socket.end(JSON.stringify({ pid: process.pid, backlog: backlogOf(server) }));
    server.close();
  });
  await listenOn(server, listener);
}
