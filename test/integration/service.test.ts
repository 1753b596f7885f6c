/** The daemon as a service: sockets handed over, the words to the service manager, reload, drain, watchdog. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { type DatagramReceiver, openDatagramReceiver } from '../base/datagram-receiver.ts';
import { ask, type Daemon, freePort, type Home, makeHome, mint, program, watch } from './daemon.ts';
import { type Listening, tcpListening, unixListening } from './listening.ts';

const addon = await import('sd-notify').then(
  () => false as const,
  () => 'sd-notify was not built: it needs a compiler and libsystemd-dev',
);

const running: Daemon[] = [];
const home: Home = makeHome();
const runtime = join(home.folder, 'service');
mkdirSync(runtime);
let number = 0;

afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.end('SIGKILL');
});
after(() => home.remove());

interface Service {
  readonly sockets?: readonly Listening[];
  readonly names?: string;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

/** Starts the daemon as systemd would: with descriptors from 3 on, told of them by its own process id. */
function startService({ sockets = [], names, env = {}, args = [] }: Service): Daemon {
  const child = spawn(
    'sh',
    ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...program, 'serve', '--user', '--as-root', ...args],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...home.env,
        ...(sockets.length > 0 ? { LISTEN_FDS: String(sockets.length) } : {}),
        ...(names === undefined ? {} : { LISTEN_FDNAMES: names }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...sockets.map(({ fd }) => fd)],
    },
  );
  const daemon = watch(child, home);
  running.push(daemon);
  return daemon;
}

const ready = '"msg":"ready"';
const unixSocket = () => {
  number += 1;
  const path = join(runtime, `${number}.sock`);
  return { path, ...unixListening(path) };
};

/** A service manager that writes down what it is told. */
function openManager(): {
  receiver: DatagramReceiver;
  address: string;
  until(words: RegExp): Promise<string[]>;
} {
  number += 1;
  const address = join(runtime, `notify-${number}`);
  const receiver = openDatagramReceiver(address);
  const told: string[] = [];
  return {
    receiver,
    address,
    async until(words) {
      for (let i = 0; i < 3000; i++) {
        told.push(...receiver.receiveAll());
        if (told.some((text) => words.test(text))) return told;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`the manager was never told ${words}: ${told.join(' | ')}`);
    },
  };
}

test('a socket handed over as descriptor 3 without a name is served', async () => {
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket] });
  await daemon.says(ready);
  const { status } = await ask({ socket: socket.path, path: '/health' });
  assert.equal(status, 200);
  assert.equal(
    (await ask({ socket: socket.path, path: '/tools/whoami', token: await mint(home) })).json.data.door,
    'mcp',
  );
});

test('sockets handed over as 3 and 4 are told apart by their names, whatever their order', async () => {
  const tcp = tcpListening();
  const unix = unixSocket();
  const daemon = startService({ sockets: [tcp, unix], names: 'tcp:mcp' });
  await daemon.says(ready);
  const token = await mint(home);
  const doorOf = async (where: { socket?: string; port?: number }) =>
    (await ask({ ...where, path: '/tools/whoami', token })).json.data.door;
  assert.equal(await doorOf({ socket: unix.path }), 'mcp');
  assert.equal(await doorOf({ port: tcp.port }), 'tcp');
});

test('a name that no door has stops the start and says which there are', async () => {
  const daemon = startService({ sockets: [unixSocket()], names: 'mpc' });
  assert.notEqual(await daemon.end('SIGCONT'), 0);
  assert.match(daemon.stderr(), /FileDescriptorName= in its .socket unit to one of mcp, tcp, tailscale/);
});

test('a host or port beside inherited sockets is not bound, and the warning names the socket unit', async () => {
  const socket = unixSocket();
  const port = await freePort();
  const daemon = startService({ sockets: [socket], args: ['--set', `server.port=${port}`] });
  await daemon.says(ready);
  assert.match(daemon.stdout(), /systemmanager-mcp-tcp\.socket/);
  await assert.rejects(ask({ port, path: '/health' }), { code: 'ECONNREFUSED' });
});

test('sockets of another process are left alone', async () => {
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], args: [], env: {} });
  await daemon.says(ready);
  await daemon.end('SIGTERM');
  const child = spawn(program[0], [...program.slice(1), 'serve', '--user', '--as-root'], {
    env: { ...home.env, LISTEN_PID: '1', LISTEN_FDS: '1' },
    stdio: ['ignore', 'pipe', 'pipe', socket.fd],
  });
  const other = watch(child, home);
  running.push(other);
  await other.says(ready);
  assert.equal((await ask({ socket: home.socket, path: '/health' })).status, 200);
});

test('the manager is told READY, then the drain and its end, in that order', { skip: addon }, async () => {
  const manager = openManager();
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], env: { NOTIFY_SOCKET: manager.address } });
  const first = await manager.until(/READY=1/);
  assert.match(first[0] ?? '', /^READY=1\nSTATUS=Answering on .*\.sock/);
  assert.equal((await ask({ socket: socket.path, path: '/ready' })).status, 200);
  assert.equal(await daemon.end('SIGTERM'), 0);
  const told = await manager.until(/STOPPING=1/);
  assert.match(told.at(-1) ?? '', /^STOPPING=1\nSTATUS=Draining/);
  manager.receiver.close();
});

test('READY is not said before the daemon answers', { skip: addon }, async () => {
  const manager = openManager();
  const socket = unixSocket();
  // The socket queues this request from the start: it is answered as soon as anybody is.
  const early = ask({ socket: socket.path, path: '/ready' });
  startService({ sockets: [socket], env: { NOTIFY_SOCKET: manager.address } });
  await manager.until(/READY=1/);
  assert.ok([200, 503].includes((await early).status));
  assert.equal((await ask({ socket: socket.path, path: '/ready' })).status, 200);
  manager.receiver.close();
});

function writeConfig(text: string): void {
  mkdirSync(join(home.folder, 'config/systemmanager'), { recursive: true });
  writeFileSync(join(home.folder, 'config/systemmanager/config.yaml'), text);
}

test('SIGHUP reloads: RELOADING with the time, READY after it, and the new setting applies', {
  skip: addon,
}, async (t) => {
  t.after(() => writeConfig(''));
  const manager = openManager();
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], env: { NOTIFY_SOCKET: manager.address } });
  await manager.until(/READY=1/);
  const token = await mint(home);
  writeConfig('security:\n  rate_limit: 2\n');
  const before = process.hrtime.bigint() / 1000n;
  daemon.child.kill('SIGHUP');
  const told = await manager.until(/configuration reloaded/);
  const reloading = told.findIndex((text) => text.startsWith('RELOADING=1'));
  const usec = /MONOTONIC_USEC=(\d+)/.exec(told[reloading] ?? '')?.[1];
  assert.ok(BigInt(usec ?? 0) >= before, `${usec} is before ${before}`);
  assert.match(told[reloading + 1] ?? '', /^READY=1\nSTATUS=.*configuration reloaded/);
  const statuses = [];
  for (let i = 0; i < 3; i++)
    statuses.push((await ask({ socket: socket.path, path: '/tools/whoami', token })).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  manager.receiver.close();
});

test('a broken file keeps the old configuration, and the status and the log say why', {
  skip: addon,
}, async (t) => {
  t.after(() => writeConfig(''));
  const manager = openManager();
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], env: { NOTIFY_SOCKET: manager.address } });
  await manager.until(/READY=1/);
  writeConfig('security:\n  rate_limit: none\n');
  daemon.child.kill('SIGHUP');
  const told = await manager.until(/reload failed/);
  assert.match(told.at(-1) ?? '', /^READY=1\nSTATUS=.*reload failed.*rate_limit/);
  assert.match(daemon.stdout(), /the old configuration goes on/);
  assert.equal((await ask({ socket: socket.path, path: '/health' })).status, 200);
  manager.receiver.close();
});

test('the watchdog is fed while the daemon works, and no more when its loop stands still', {
  skip: addon,
}, async () => {
  const manager = openManager();
  const daemon = startService({
    sockets: [unixSocket()],
    env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '4000000' },
  });
  const told = await manager.until(/WATCHDOG=1/);
  assert.match(told[0] ?? '', /READY=1/);
  daemon.child.kill('SIGSTOP');
  manager.receiver.receiveAll();
  await new Promise((resolve) => setTimeout(resolve, 4500));
  assert.deepEqual(manager.receiver.receiveAll(), []);
  daemon.child.kill('SIGCONT');
  await manager.until(/WATCHDOG=1/);
  manager.receiver.close();
});

test('a notify socket that is gone stops nothing', async () => {
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], env: { NOTIFY_SOCKET: join(runtime, 'nowhere') } });
  await daemon.says(ready);
  assert.equal((await ask({ socket: socket.path, path: '/health' })).status, 200);
});

test('a call under way when SIGTERM comes is answered, with Connection: close', async () => {
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket] });
  await daemon.says(ready);
  const token = await mint(home);
  const late = new Promise<{ status: number; connection: string }>((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: socket.path,
        path: '/tools/whoami',
        method: 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Content-Length': 2,
        },
      },
      (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, connection: String(answer.headers.connection) });
      },
    );
    outgoing.on('error', reject);
    outgoing.write('{');
    daemon.says('"msg":"draining"').then(() => outgoing.end('}'), reject);
  });
  // Its headers must be in before the signal is.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const end = daemon.end('SIGTERM');
  assert.deepEqual(await late, { status: 200, connection: 'close' });
  assert.equal(await end, 0);
});

test('a client that keeps its connection for ever does not hold up the end', async () => {
  const socket = unixSocket();
  const daemon = startService({ sockets: [socket], args: ['--set', 'server.drain_timeout=5'] });
  await daemon.says(ready);
  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve) => {
    request({ socketPath: socket.path, path: '/health', agent }, (answer) => {
      answer.resume().on('end', () => resolve());
    }).end();
  });
  const began = performance.now();
  assert.equal(await daemon.end('SIGTERM'), 0);
  assert.ok(performance.now() - began < 4000);
  agent.destroy();
});

test('no request is lost while the daemon is restarted five times under load, fresh or keep-alive, Unix or TCP', async () => {
  const unix = unixSocket();
  const tcp = tcpListening();
  const service: Service = {
    sockets: [unix, tcp],
    names: 'mcp:tcp',
    env: { SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000', SYSTEMMANAGER_LOGGING_LEVEL: 'info' },
  };
  let daemon = startService(service);
  await daemon.says(ready);
  const token = await mint(home);
  let stop = false;
  let answered = 0;
  const faults: string[] = [];
  const client = async (
    where: { socketPath: string } | { port: number },
    keepAlive: boolean,
  ): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!stop) {
      await new Promise<void>((resolve) => {
        const outgoing = request(
          {
            ...where,
            host: '127.0.0.1',
            path: '/tools/whoami',
            agent,
            headers: { Authorization: `Bearer ${token}` },
          },
          (answer) => {
            if (answer.statusCode !== 200) faults.push(String(answer.statusCode));
            answered += 1;
            answer
              .resume()
              .on('end', resolve)
              .on('error', (error) => {
                faults.push(String(error));
                resolve();
              });
          },
        );
        outgoing.on('error', (error) => {
          faults.push(String(error));
          resolve();
        });
        outgoing.end();
      });
    }
    agent.destroy();
  };
  const places = [{ socketPath: unix.path }, { port: tcp.port }];
  const clients = places.flatMap((where) =>
    [true, false].flatMap((keep) => [1, 2, 3, 4].map(() => client(where, keep))),
  );
  const ended = Promise.all(clients);
  /** However slow the machine is today, so that each restart happens under load. */
  const answersMore = async (count: number): Promise<void> => {
    const enough = answered + count;
    while (answered < enough && faults.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  for (let restart = 0; restart < 5; restart++) {
    await answersMore(200);
    assert.equal(await daemon.end('SIGTERM'), 0);
    daemon = startService(service);
    await daemon.says(ready);
  }
  await answersMore(200);
  stop = true;
  await ended;
  assert.deepEqual(faults, []);
});
