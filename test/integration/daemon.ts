/** Starts the real program in a folder of its own, with a home nobody else uses, and asks it things. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** What the tests run: the sources, or the bundle where `SMCP_TEST_BUNDLE` names it. */
export const program = [process.execPath, '--import', 'tsx', join(root, 'src/main.ts')] as const;

export interface Home {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly socket: string;
  readonly auditFile: string;
  remove(): void;
}

/** A folder in the place of a user's home, with its XDG folders. */
export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'smcp-'));
  return {
    folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_RUNTIME_DIR: join(folder, 'run'),
    },
    socket: join(folder, 'run/systemmanager-mcp/mcp.sock'),
    auditFile: join(folder, 'state/systemmanager/audit.log'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function runProgram(
  home: Home,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const [node, ...rest] = program;
  const child = spawn(node, [...rest, ...args], {
    cwd: root,
    env: { ...home.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: stdout(), stderr: stderr() };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

export interface Daemon {
  readonly child: ChildProcess;
  readonly home: Home;
  stdout(): string;
  stderr(): string;
  /** Resolves with the output once it holds `words`; rejects when the process ends before. */
  says(words: string | RegExp): Promise<string>;
  /** Sends a signal and resolves with the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `serve` with `args`; resolves when it is ready. */
export async function startDaemon(
  home: Home,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Daemon> {
  const daemon = spawnDaemon(home, ['serve', '--user', '--as-root', ...args], env);
  await daemon.says('"msg":"ready"');
  return daemon;
}

/** Starts the program without waiting for anything. */
export function spawnDaemon(home: Home, args: readonly string[], env: Record<string, string> = {}): Daemon {
  const [node, ...rest] = program;
  const child = spawn(node, [...rest, ...args], {
    cwd: root,
    env: { ...home.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watch(child, home);
}

export function watch(child: ChildProcess, home: Home): Daemon {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  return {
    child,
    home,
    stdout,
    stderr,
    says(words) {
      const there = () => (typeof words === 'string' ? stdout().includes(words) : words.test(stdout()));
      return new Promise((resolve, reject) => {
        const look = () => {
          if (there()) resolve(stdout());
        };
        child.stdout?.on('data', look);
        child.once('close', () => {
          if (there()) resolve(stdout());
          else reject(new Error(`the daemon ended without saying ${words}:\n${stdout()}\n${stderr()}`));
        });
        look();
      });
    },
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [status] = await exited;
      return status;
    },
  };
}

/** A token from the program's own command line. */
export async function mint(home: Home, scopes = 'monitor', more: readonly string[] = []): Promise<string> {
  const { stdout, stderr, status } = await runProgram(home, [
    'token',
    'mint',
    '--user',
    '--agent',
    'tester',
    '--scopes',
    scopes,
    '--ttl',
    '1h',
    ...more,
  ]);
  if (status !== 0) throw new Error(`token mint failed: ${stderr}`);
  return stdout.trim();
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back
  readonly json: any;
}

export interface Ask {
  readonly socket?: string;
  readonly port?: number;
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** One HTTP request over a Unix socket or loopback. */
export function ask({ socket, port, method, path, token, headers, body }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...(socket === undefined ? { host: '127.0.0.1', port } : { socketPath: socket }),
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        path,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            get json() {
              return JSON.parse(text);
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A TCP port that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The audit as records. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever was recorded
export const auditOf = (home: Home): any[] =>
  readFileSync(home.auditFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
