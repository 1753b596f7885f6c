/**
 * A running daemon and the machine's own tools, asked in the same second: a tool is asked before and after the daemon
 * took its figures, and what lies between the two is right.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { ask, makeHome, program, watch } from './daemon.ts';

export const isRoot = process.getuid?.() === 0;
const nobody = 65534;
/** What a command line begins with that is an ordinary user's. */
export const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'];

/** What a program says, in the words of no country. */
export const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });

/** The fields of each line. */
export const rowsOf = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back
export type Data = any;
type Arguments = Readonly<Record<string, unknown>>;

export interface Served {
  readonly folder: string;
  /** The data of an answer. */
  answer(tool: string, args?: Arguments): Promise<Data>;
  /** Asks until the figures, whose time `takenAt` tells, were taken after this call began. */
  fresh(tool: string, args?: Arguments, takenAt?: (data: Data) => string): Promise<Data>;
  /** All rows of a list that comes in pages, and the last page. */
  all(tool: string, args: Arguments, member: string): Promise<{ rows: readonly Data[]; last: Data }>;
  end(): Promise<void>;
}

/** @param by what starts it: nothing, or `asNobody` */
export async function serve(by: readonly string[] = []): Promise<Served> {
  const home = makeHome();
  if (by.length > 0) chownSync(home.folder, nobody, nobody);
  const settings = ['server.auth_required=false', 'security.rate_limit=1000000', 'history.enabled=false'];
  const [command = '', ...rest] = [
    ...by,
    ...program,
    'serve',
    '--user',
    ...(by.length > 0 ? [] : ['--as-root']),
  ];
  const child = spawn(command, [...rest, ...settings.flatMap((setting) => ['--set', setting])], {
    cwd: join(import.meta.dirname, '../..'),
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const daemon = watch(child, home);
  await daemon.says('"msg":"ready"');
  const answer: Served['answer'] = async (tool, args = {}) => {
    const { status, text } = await ask({
      socket: home.socket,
      path: `/tools/${tool}`,
      body: JSON.stringify(args),
    });
    assert.equal(status, 200, text);
    return JSON.parse(text).data;
  };
  return {
    folder: home.folder,
    answer,
    async fresh(tool, args, takenAt = ({ sampledAt }) => sampledAt) {
      const since = new Date().toISOString();
      for (;;) {
        const data = await answer(tool, args);
        if (takenAt(data) > since) return data;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async all(tool, args, member) {
      const rows: Data[] = [];
      let last: Data;
      do {
        last = await answer(tool, { ...args, limit: 200, ...(last && { cursor: last.nextCursor }) });
        rows.push(...last[member]);
      } while (last.nextCursor !== undefined);
      return { rows, last };
    },
    async end() {
      await daemon.end('SIGKILL');
      home.remove();
    },
  };
}

const patienceMs = 90_000;

/** A moment at which both say the same; where the machine moved too much to tell, the next one is tried. */
export async function atSomeMoment(compare: () => Promise<void>): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      return await compare();
    } catch (thrown) {
      if (Date.now() > end) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function assertBetween(value: number, a: number, b: number, what: string, slack = 0): void {
  const [low, high] = [Math.min(a, b) - slack, Math.max(a, b) + slack];
  assert.ok(value >= low && value <= high, `${what}: ${value} is not within ${low} and ${high}`);
}
