/** `stdio`: the server in this process for the user who started it, with that user's own rights. */

import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { Caller } from '../auth/caller.ts';
import { systemClock } from '../base/clock.ts';
import { openLog } from '../base/log.ts';
import { readVersion } from '../base/version.ts';
import { openCurrentConfig } from '../config/current.ts';
import { loadConfig } from '../config/load.ts';
import { ensureFolder } from '../config/places.ts';
import { openParts } from '../daemon/parts.ts';
import { serveStdio } from '../transport/mcp/era-2025.ts';
import { textOf, type Values } from './command.ts';
import { endDespite } from './end.ts';
import { parseScopes } from './scopes.ts';
import { loadOptionsFor, placesFor, recordedHistory } from './where.ts';

export async function runStdio(values: Values): Promise<number> {
  const places = placesFor({ ...values, user: true });
  const loaded = loadConfig(loadOptionsFor(values, places));
  const scopes = parseScopes(textOf(values, 'scopes') ?? 'admin');
  ensureFolder(places.stateDirectory, { mode: 0o750 });
  ensureFolder(dirname(loaded.config.audit.file), { mode: 0o750 });
  const log = await openLog({ level: loaded.config.logging.level, format: 'json', fd: 2 });
  for (const warning of loaded.warnings) log.warn({}, warning);
  const parts = await openParts({
    config: openCurrentConfig(loaded),
    clock: systemClock,
    log,
    version: readVersion(),
    journal: false,
    history: { folder: recordedHistory(places), record: false },
  });
  const { username, uid } = userInfo();
  const caller: Caller = Object.freeze({
    agent: username,
    proof: 'local-user',
    scopes,
    door: 'stdio',
    source: `uid ${uid}`,
  });
  const stop = () => process.stdin.destroy();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await serveStdio(parts.core, caller, process.stdin, process.stdout);
  const { host } = parts;
  parts.close();
  await endDespite(host.stuckThreads());
  return 0;
}
