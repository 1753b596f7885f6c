/** A client process that loads a server as it is told. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, 'programs/load.mjs');

export interface Question {
  readonly where: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `$id` in it is another number in each request. */
  readonly body?: string;
}

export interface Load {
  readonly connections: number;
  readonly ms: number;
  /** Without it, each request has a connection of its own. */
  readonly keepAlive?: boolean;
}

export interface Answers {
  readonly count: number;
  /** Requests that failed or were not answered by 200. */
  readonly bad: number;
  readonly p50Ms: number;
  readonly maxMs: number;
}

export interface Client {
  /** One at a time. */
  load(question: Question, load: Load): Promise<Answers>;
  end(): void;
}

export function startClient(): Client {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  return {
    async load({ where, path, method, headers, body }, load) {
      child.stdin.write(`${JSON.stringify({ where, path, method, headers, body, ...load })}\n`);
      const [line] = await once(lines, 'line');
      return JSON.parse(line);
    },
    end: () => child.stdin.end(),
  };
}
