/** Starts the bundle as the packages do. */

import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type Daemon, type Home, watch } from '../integration/daemon.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * A young generation of 2 MB a half instead of 16: some 4 MB less to hold when idle and far less after a burst, for a
 * few percent of the requests a second.
 */
const runtimeFlags = ['--max-semi-space-size=2'];

/** Resolves when the daemon is ready. */
export async function startBundle(
  home: Home,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Promise<Daemon> {
  const child = spawn(
    process.execPath,
    [...runtimeFlags, ...nodeArgs, join(root, 'dist/main.mjs'), 'serve', '--user', '--as-root', ...args],
    { cwd: root, env: { ...home.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const daemon = watch(child, home);
  await daemon.says('"msg":"ready"');
  return daemon;
}
