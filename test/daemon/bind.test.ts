/** Servers listen on real sockets, and what stands in the way is named with its mend. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listenOn } from '../../src/daemon/bind.ts';
import { startChild } from './child.ts';
import { backlogOf, descriptorOf } from './descriptor.ts';

const folder = mkdtempSync(join(tmpdir(), 'bind-'));
after(() => rmSync(folder, { recursive: true }));

const loopback = '127.0.0.1';
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const place = (name: string) => ({ path: join(folder, name), mode: 0o660 });

/** A socket file whose process has ended: renamed before its server removes it. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}.gone`);
  await once(server, 'listening');
  renameSync(`${path}.gone`, path);
  server.close();
  await once(server, 'close');
}

test('a Unix socket has the mode asked for, whatever the umask', async () => {
  const server = createServer();
  const umask = process.umask(0o077);
  await listenOn(server, place('mode.sock'));
  assert.equal(process.umask(umask), 0o077);
  assert.equal(statSync(join(folder, 'mode.sock')).mode & 0o777, 0o660);
  server.close();
});

test('a connection to the path is served', async () => {
  const server = createServer((socket) => socket.end('hello'));
  await listenOn(server, place('served.sock'));
  const [data] = await once(connect(join(folder, 'served.sock')), 'data');
  assert.equal(String(data), 'hello');
  server.close();
});

test('a stale socket file is removed, and that is said', async () => {
  const { path } = place('stale.sock');
  await leaveStale(path);
  const server = createServer((socket) => socket.end('anew'));
  assert.deepEqual(await listenOn(server, place('stale.sock')), { staleRemoved: true });
  const [data] = await once(connect(path), 'data');
  assert.equal(String(data), 'anew');
  server.close();
});

test('without a file in the way nothing is said to be removed', async () => {
  const server = createServer();
  assert.deepEqual(await listenOn(server, place('fresh.sock')), { staleRemoved: false });
  server.close();
});

test('a daemon that answers on the path keeps it', async () => {
  const { path } = place('live.sock');
  const live = createServer((socket) => socket.on('error', () => {}).end('live'));
  await listenOn(live, place('live.sock'));
  await assert.rejects(listenOn(createServer(), place('live.sock')), {
    code: 'start_failed',
    detail: `Another daemon answers on ${path}.`,
    hint: `Stop it first (fuser ${path} shows its process), or choose another path for this one.`,
  });
  const [data] = await once(connect(path), 'data');
  assert.equal(String(data), 'live');
  live.close();
});

test('of two starts over one stale socket exactly one gets the path', async () => {
  const { path } = place('race.sock');
  await leaveStale(path);
  const servers = [1, 2].map(() => createServer((socket) => socket.on('error', () => {}).end('x')));
  const outcomes = await Promise.allSettled(servers.map((server) => listenOn(server, place('race.sock'))));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const [data] = await once(connect(path), 'data');
  assert.equal(String(data), 'x');
  for (const server of servers) server.close();
});

test('a file in the way is left alone', async () => {
  const { path } = place('file.sock');
  writeFileSync(path, 'precious');
  await assert.rejects(listenOn(createServer(), place('file.sock')), {
    code: 'start_failed',
    detail: `${path} is in the way: it is no socket.`,
  });
  assert.equal(readFileSync(path, 'utf8'), 'precious');
});

test('a symlink in the way is left alone', async () => {
  const { path } = place('link.sock');
  symlinkSync('/nowhere', path);
  await assert.rejects(listenOn(createServer(), place('link.sock')), {
    detail: `${path} is in the way: it is no socket.`,
  });
});

test('a missing folder is named', async () => {
  const path = join(folder, 'missing/x.sock');
  await assert.rejects(listenOn(createServer(), { path, mode: 0o600 }), {
    code: 'start_failed',
    hint: `Make the folder ${join(folder, 'missing')}, owned by the user that runs the daemon.`,
  });
});

test('a path beyond what the kernel takes is refused with its limit', async () => {
  const path = join(folder, 'x'.repeat(120));
  await assert.rejects(listenOn(createServer(), { path, mode: 0o600 }), {
    code: 'start_failed',
    hint: 'Use a path of at most 107 bytes.',
  });
  assert.equal(existsSync(path), false);
});

test('a port in use is named with the way to another', async () => {
  const first = createServer();
  await listenOn(first, { host: loopback, port: 0 });
  const port = portOf(first);
  await assert.rejects(listenOn(createServer(), { host: loopback, port }), {
    code: 'start_failed',
    detail: `127.0.0.1:${port} is in use.`,
    hint: `Choose another port with server.port, or end the process that ss -ltnp 'sport = :${port}' shows.`,
  });
  first.close();
});

test('an address of another machine is refused', async () => {
  await assert.rejects(listenOn(createServer(), { host: '192.0.2.1', port: 8080 }), {
    code: 'start_failed',
    detail: '192.0.2.1:8080 is no address of this machine.',
    hint: 'Set server.host to one that ip address shows.',
  });
});

test('an IPv6 address is written so that its port can be read', async () => {
  await assert.rejects(listenOn(createServer(), { host: '2001:db8::1', port: 8080 }), {
    detail: '[2001:db8::1]:8080 is no address of this machine.',
  });
});

test('a descriptor that is no socket is refused', async () => {
  await assert.rejects(listenOn(createServer(), { fd: 9999 }), {
    code: 'start_failed',
    detail: 'Descriptor 9999 cannot be listened on: EINVAL.',
  });
});

const longestQueue = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));

test('the queue of an own socket is as long as asked', async () => {
  const server = createServer();
  await listenOn(server, { host: loopback, port: 0 }, 3000);
  assert.equal(backlogOf(server), Math.min(3000, longestQueue));
  server.close();
});

test('an inherited socket is served by the process that inherits it, with a long queue', async () => {
  const handed = createServer();
  await listenOn(handed, { host: loopback, port: 0 }, 16);
  const port = portOf(handed);
  const child = startChild(join(import.meta.dirname, 'programs/serve-inherited.ts'), {
    descriptors: [descriptorOf(handed)],
    env: { LISTEN_FDS: '1', LISTEN_FDNAMES: 'tcp' },
  });
  // The child has a copy by now; from here on nobody else can answer.
  handed.close();
  const [data] = await once(connect(port, loopback), 'data');
  assert.deepEqual(JSON.parse(String(data)), { pid: child.pid, backlog: Math.min(4096, longestQueue) });
});
