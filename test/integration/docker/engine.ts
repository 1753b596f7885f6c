/** A real Docker engine in a folder of its own, without a network, and a proxy that writes down every request to it. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../until.ts';

const run = promisify(execFile);

/** Why the tests of this folder cannot run here; false where they can. */
export const withoutEngine =
  process.getuid?.() !== 0
    ? 'a Docker engine needs root'
    : !existsSync('/usr/sbin/dockerd') || !existsSync('/usr/bin/busybox')
      ? 'needs the packages docker.io and busybox-static'
      : false;

export interface TestEngine {
  /** Of the engine itself. */
  readonly socket: string;
  /** Of the proxy in front of it. */
  readonly recorded: string;
  /** Every request that came through the proxy, as `METHOD URL`. */
  readonly requests: readonly string[];
  readonly pid: number;
  /**
   * Asked of each request that changes something, before the engine has it and when the engine has answered: what it
   * says yes to goes no further, and its connection ends.
   */
  cut: ((moment: 'before' | 'after', request: string) => boolean) | undefined;
  /** The docker command; throws when it fails. */
  docker(...args: string[]): Promise<string>;
  /** A tar of a whole system of one static program, such as a layer of an image is. */
  fileSystem(): Promise<Buffer>;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

export async function startEngine(): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'dockerd-'));
  const socket = join(folder, 'docker.sock');
  const recorded = join(folder, 'recorded.sock');
  const requests: string[] = [];
  const between: Pick<TestEngine, 'cut'> = { cut: undefined };
  const proxy = await openProxy(recorded, socket, requests, between);
  let daemon: ChildProcess | undefined;

  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('docker', ['-H', `unix://${socket}`, ...args], { maxBuffer: 16e6 });
    return stdout.trim();
  };

  const start = async (): Promise<void> => {
    // What a killed engine left: its containerd, whose pid another process may have by now.
    for (const stale of ['docker.pid', 'exec/containerd/containerd.pid'])
      rmSync(join(folder, stale), { force: true });
    rmSync(socket, { force: true });
    const log = openSync(join(folder, 'log'), 'a');
    daemon = spawn(
      'dockerd',
      [
        ...[
          '--host',
          `unix://${socket}`,
          '--data-root',
          join(folder, 'data'),
          '--exec-root',
          join(folder, 'exec'),
        ],
        ...[
          '--pidfile',
          join(folder, 'docker.pid'),
          '--iptables=false',
          '--ip6tables=false',
          '--bridge=none',
        ],
        ...['--storage-driver=vfs', '--shutdown-timeout=2', '--log-level=warn'],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const started = daemon;
    await until('the engine answers', async () => {
      if (started.exitCode !== null) throw new Error(readFileSync(join(folder, 'log'), 'utf8'));
      return docker('version').then(
        () => true,
        () => false,
      );
    });
  };

  const runs = (): boolean => daemon?.exitCode === null && daemon.signalCode === null;

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const stopping = daemon;
    if (stopping === undefined || !runs()) return;
    const containerd = pidIn(join(folder, 'exec/containerd/containerd.pid'));
    const ended = once(stopping, 'exit');
    stopping.kill(signal);
    await ended;
    // A killed engine leaves its containerd behind.
    if (signal === 'SIGKILL' && containerd !== undefined) await endProcess(containerd);
  };

  await start();
  await importBusybox(folder, docker);
  return {
    socket,
    recorded,
    requests,
    get pid() {
      return daemon?.pid ?? 0;
    },
    get cut() {
      return between.cut;
    },
    set cut(cut) {
      between.cut = cut;
    },
    docker,
    fileSystem: () => readFile(join(folder, 'tree.tar')),
    start,
    stop,
    async close() {
      // Its networks' bridges are interfaces of this machine, which only the engine itself takes away.
      if (!runs()) await start();
      const ids = await docker('ps', '-aq').catch(() => '');
      if (ids !== '') await docker('rm', '-f', ...ids.split('\n')).catch(() => '');
      await docker('network', 'prune', '--force').catch(() => '');
      await stop();
      proxy.closeAllConnections();
      proxy.close();
      await unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A killed engine leaves what it had mounted for its containers. */
async function unmountBelow(folder: string): Promise<void> {
  const places = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${folder}/`));
  for (const place of places.reverse()) await run('umount', ['-l', place]).catch(() => {});
}

function pidIn(file: string): number | undefined {
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return pid > 1 && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('containerd') ? pid : undefined;
}

async function endProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await until(`process ${pid} has ended`, () => !existsSync(`/proc/${pid}/fd/0`));
}

/** An image of one static program that is a whole system. */
async function importBusybox(folder: string, docker: TestEngine['docker']): Promise<void> {
  const tree = join(folder, 'tree');
  for (const name of ['bin', 'tmp', 'etc', 'proc']) mkdirSync(join(tree, name), { recursive: true });
  cpSync('/usr/bin/busybox', join(tree, 'bin/busybox'));
  await run('/usr/bin/busybox', ['--install', '-s', join(tree, 'bin')]).catch(() => {});
  for (const applet of ['sh', 'sleep', 'echo', 'cat', 'true', 'false', 'dd', 'seq', 'yes', 'head']) {
    await run('ln', ['-sf', 'busybox', join(tree, 'bin', applet)]);
  }
  await run('tar', ['-C', tree, '-cf', join(folder, 'tree.tar'), '.']);
  await docker('import', join(folder, 'tree.tar'), 'box:1');
}

/** Hands everything on that is not cut, and writes down what it was. */
async function openProxy(
  at: string,
  to: string,
  requests: string[],
  between: Pick<TestEngine, 'cut'>,
): Promise<Server> {
  const server = createServer((incoming, answer) => {
    const line = `${incoming.method} ${incoming.url}`;
    const isCut = (moment: 'before' | 'after'): boolean =>
      incoming.method !== 'GET' && (between.cut?.(moment, line) ?? false);
    requests.push(line);
    if (isCut('before')) {
      incoming.socket.destroy();
      return;
    }
    const onward = request({
      socketPath: to,
      agent: false,
      ...(incoming.method === undefined ? {} : { method: incoming.method }),
      ...(incoming.url === undefined ? {} : { path: incoming.url }),
      headers: incoming.headers,
    });
    onward.on('response', (response) => {
      if (isCut('after')) {
        incoming.socket.destroy();
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      response.pipe(answer);
      response.on('error', () => answer.destroy());
      response.on('aborted', () => answer.destroy());
    });
    onward.on('error', () => incoming.socket.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(at);
  await once(server, 'listening');
  return server;
}
