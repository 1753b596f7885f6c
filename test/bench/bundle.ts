/** Starts the bundle as the packages do. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Daemon, type Home, watch } from '../integration/daemon.ts';

const root = resolve(import.meta.dirname, '../..');

/** What the service's unit says to Node.js and to its allocator: the bundle is measured as it is installed. */
export function serviceRuntime(): { flags: readonly string[]; env: Record<string, string> } {
  const unit = readFileSync(join(root, 'systemd/systemmanager-mcp.service'), 'utf8');
  const flags = /^ExecStart=\S+\/node (.*) \S+main\.mjs/m.exec(unit)?.[1]?.split(' ');
  const arenas = /^Environment=MALLOC_ARENA_MAX=(\d+)$/m.exec(unit)?.[1];
  if (flags === undefined || arenas === undefined) throw new Error('the unit says nothing of its runtime');
  return { flags, env: { MALLOC_ARENA_MAX: arenas } };
}

/** Resolves when the daemon is ready. */
export async function startBundle(
  home: Home,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Promise<Daemon> {
  const { flags, env: runtimeEnv } = serviceRuntime();
  const child = spawn(
    process.execPath,
    [...flags, ...nodeArgs, join(root, 'dist/main.mjs'), 'serve', '--user', '--as-root', ...args],
    { cwd: root, env: { ...home.env, ...runtimeEnv, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const daemon = watch(child, home);
  await daemon.says('"msg":"ready"');
  return daemon;
}

/** What the event loop of a daemon waited beyond its turn, in milliseconds, since it was asked last. */
export type LoopDelay = () => Promise<{ readonly p99Ms: number; readonly maxMs: number }>;

/** @param file LOOP_DELAY of a daemon that was started with programs/loop-delay.mjs */
export const loopDelayOf =
  (daemon: ChildProcess, file: string): LoopDelay =>
  async () => {
    daemon.kill('SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 200));
    return JSON.parse(readFileSync(file, 'utf8'));
  };
