/** nginx in the place of Tailscale Serve: root's own proxy, each front leading to one door of the daemon. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../until.ts';
import { freePort } from './daemon.ts';

export interface Front {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** What Serve sets; a header that a client forged and Serve does not set passes through. */
const asServe = `
      proxy_set_header Host localhost;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-For $remote_addr;`;

/**
 * @param upstream as nginx names it: `unix:/path` or `127.0.0.1:8080`
 * @param silent whether it leaves out every sign of being a proxy
 */
export async function openFront(
  folder: string,
  upstream: string,
  { silent = false }: { readonly silent?: boolean } = {},
): Promise<Front> {
  const port = await freePort();
  const file = join(folder, `nginx-${port}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${join(folder, kind)};`)
    .join('\n');
  writeFileSync(
    file,
    `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${file}.pid;
error_log stderr;
events {}
http {
  access_log off;
${temporary}
  # One connection for all, so that a caller may follow another on it.
  upstream door { server ${upstream}; keepalive 1; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://door;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;${silent ? '\n      proxy_set_header Host localhost;' : asServe}
    }
  }
}
`,
  );
  const child = spawn('nginx', ['-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const complained: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complained.push(chunk));
  await until(`nginx answers on port ${port}`, () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${Buffer.concat(complained)}`);
    return fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );
  });
  return { port, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
