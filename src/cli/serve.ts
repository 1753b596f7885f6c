/** `serve`: the daemon in this process, from the command line or from systemd to READY and back. */

import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { mintToken } from '../auth/token.ts';
import { systemClock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { type Log, openLog } from '../base/log.ts';
import { openNative } from '../base/native.ts';
import { settlePages } from '../base/settle-pages.ts';
import { readVersion } from '../base/version.ts';
import { environmentFacts, type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts';
import { ensureFolder, type Places } from '../config/places.ts';
import { type InheritedListener, inheritedListeners } from '../daemon/listeners.ts';
import { type Account, accountOf, dropRoot, runningAsRoot, verifyDropped } from '../daemon/privilege.ts';
import { type Daemon, startDaemon } from '../daemon/serve.ts';
import { openServiceManager, stdoutIsJournal } from '../daemon/systemd.ts';
import type { Values } from './command.ts';
import { endDespite } from './end.ts';
import { droppedFlag, loadOptionsFor, placesFor } from './where.ts';

export async function serve(given: Values): Promise<number> {
  const firstTry = given['first-try'] === true;
  const dropped = given[droppedFlag] === true;
  const values: Values = {
    ...given,
    ...(firstTry ? { user: true } : {}),
    ...(dropped ? { system: true } : {}),
  };
  const places = placesFor(values);
  const options = loadOptionsFor(values, places);
  const loadOptions = firstTry ? withLoopback(options) : options;
  const inherited = await inheritedListeners();
  const loaded = loadConfig(loadOptions);
  if (loaded.config.server.transport === 'stdio') return (await import('./stdio.ts')).runStdio(values);

  if (dropped) verifyDropped();
  if (runningAsRoot() && values['as-root'] !== true) await leaveRoot(places, loaded, inherited);
  const signals = watchSignals();
  makeFolders(places, loaded, inherited);
  const journal = stdoutIsJournal();
  const log = await openServeLog(loaded, journal);
  const daemon = await startDaemon({
    loaded,
    loadOptions,
    places,
    credentialsDirectory: environmentFacts().credentialsDirectory,
    inherited,
    manager: await openServiceManager({ onTrouble: (message, facts) => log.error({ ...facts }, message) }),
    log,
    journal,
    clock: systemClock,
    version: readVersion(),
  });
  signals.onReload(() => daemon.reload());
  settlePages(await openNative());
  if (firstTry) announce(daemon, loaded);
  await signals.stop;
  const stopped = daemon.stop();
  signals.onHurry(() => void daemon.stop());
  await stopped;
  log.flush();
  await endDespite(daemon.stuckThreads());
  return 0;
}

/** Becomes server.user by executing this program anew; nothing is open yet but the inherited sockets. */
async function leaveRoot(
  places: Places,
  loaded: LoadedConfig,
  inherited: readonly InheritedListener[],
): Promise<void> {
  if (places.kind === 'user') {
    throw new Problem('usage_invalid', {
      detail: 'With folders of its own root serves as root, and that must be said.',
      hint: 'Add --as-root, or leave --user out to become server.user.',
    });
  }
  const { user, groups } = loaded.config.server;
  makeFolders(places, loaded, inherited, accountOf(user));
  await dropRoot({ user, groups, inherited, flag: `--${droppedFlag}` });
}

async function openServeLog({ config }: LoadedConfig, journal: boolean): Promise<Log> {
  const { level, file } = config.logging;
  const log = await openLog({
    level,
    format: journal ? 'journal' : process.stdout.isTTY ? 'pretty' : 'json',
    fd: 1,
  });
  const trouble = file === '' ? undefined : await log.addFile(file);
  if (trouble !== undefined) log.warn({}, `${trouble}, ignoring`);
  if (runningAsRoot()) {
    log.warn({}, 'serving as root, since --as-root says so: what goes wrong here can reach everything');
  }
  return log;
}

/** On a first try the machine itself may ask over TCP too, unless a host or port is named. */
function withLoopback(options: LoadOptions): LoadOptions {
  const set = options.set ?? [];
  return set.some((setting) => setting.startsWith('server.host='))
    ? options
    : { ...options, set: ['server.host=127.0.0.1', ...set] };
}

/** The folders that the daemon writes to; made by root for the one whom the daemon becomes. */
function makeFolders(
  places: Places,
  { config }: LoadedConfig,
  inherited: readonly InheritedListener[],
  owner?: Account,
): void {
  const folders: [string, number][] = [
    [places.stateDirectory, 0o750],
    [dirname(config.audit.file), 0o750],
  ];
  // Inherited sockets stand in a folder that systemd has made.
  if (inherited.length === 0) folders.push([places.runtimeDirectory, places.kind === 'user' ? 0o700 : 0o755]);
  for (const [folder, mode] of folders) {
    ensureFolder(folder, { mode, ...(owner === undefined ? {} : { owner }) });
  }
}

interface Signals {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly stop: Promise<void>;
  /** Called at every further one, and at every SIGHUP, once there is somebody to call. */
  onHurry(act: () => void): void;
  onReload(act: () => void): void;
}

/** From the very start: a signal that comes before READY is kept till then, instead of ending the process midway. */
function watchSignals(): Signals {
  let hurry = () => {};
  let reload = () => {};
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        resolve();
        hurry();
      });
    }
  });
  process.on('SIGHUP', () => reload());
  return {
    stop,
    onHurry(act) {
      hurry = act;
    },
    onReload(act) {
      reload = act;
    },
  };
}

const tokenSeconds = 3600;

/** What a newcomer needs: where it answers, a token for an hour, and three lines that work as they stand. */
function announce(daemon: Daemon, loaded: LoadedConfig): void {
  const { token } = mintToken(
    daemon.keys.ring().current,
    { agent: userInfo().username, scopes: ['monitor'], ttlSeconds: tokenSeconds },
    systemClock,
    loaded.config.security.max_token_age,
  );
  const whereOf = (name: string) => daemon.doors.find(({ door }) => door === name)?.where ?? '';
  const socket = whereOf('mcp');
  const url = `http://${whereOf('tcp')}`;
  const bearer = `'Authorization: Bearer ${token}'`;
  process.stdout.write(
    `\nsystemmanager-mcp answers about this host on\n\n  ${socket}\n  ${url}\n\n` +
      'The token below may read the state of this host for an hour. Three lines to paste:\n\n' +
      `curl --unix-socket '${socket}' -H ${bearer} http://localhost/tools/get_system_status\n\n` +
      `curl -H ${bearer} ${url}/tools/get_system_status\n\n` +
      `claude mcp add --transport http systemmanager ${url}/mcp --header ${bearer}\n\n` +
      'Ctrl-C ends it.\n\n',
  );
}
