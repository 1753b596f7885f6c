/**
 * The life of the daemon: start, READY, reload, drain. Everything it starts it ends, and each step is told to the
 * service manager in the order that systemd expects.
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { openIdentifier } from '../auth/identify.ts';
import { type KeySource, openKeySource } from '../auth/keys.ts';
import { openRevocations, revocationFileIn } from '../auth/revocations.ts';
import type { Clock } from '../base/clock.ts';
import { asProblem } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { liveMachine } from '../base/machine-root.ts';
import { type Native, openNative } from '../base/native.ts';
import { type CurrentConfig, openCurrentConfig } from '../config/current.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts';
import { historyFolderIn, type Places } from '../config/places.ts';
import type { HostHandle } from '../host/host.ts';
import { openRoutes } from '../transport/http/routes.ts';
import { openHttpServer, type ServerParts } from '../transport/http/server.ts';
import type { McpEra } from '../transport/mcp/era-2025.ts';
import { openEraOnFirstUse } from '../transport/mcp/on-first-use.ts';
import { listenOn } from './bind.ts';
import { drain } from './drain.ts';
import { chooseListeners, type Listener, type OpenDoor, openDoor, reachWarnings } from './listen.ts';
import type { InheritedListener } from './listeners.ts';
import { openParts, type Parts } from './parts.ts';
import { sandboxDifferences } from './sandbox.ts';
import type { ServiceManager } from './systemd.ts';
import { openWatchdog, type Watchdog } from './watchdog.ts';

export interface DaemonNeeds {
  readonly loaded: LoadedConfig;
  /** How the configuration is read again at a reload. */
  readonly loadOptions: LoadOptions;
  readonly places: Places;
  readonly credentialsDirectory?: string | undefined;
  readonly inherited: readonly InheritedListener[];
  readonly manager: ServiceManager;
  readonly log: Log;
  /** Whether the audit goes to the journal as well. */
  readonly journal: boolean;
  readonly clock: Clock;
  readonly version: string;
}

export interface Daemon {
  readonly doors: readonly OpenDoor[];
  readonly keys: KeySource;
  reload(): void;
  /** Drains and ends everything. A second call hurries the first. */
  stop(): Promise<void>;
  /** Threads that hang in the kernel, which an ordinary exit would wait for. */
  stuckThreads(): number;
}

/** What changes in the life of the daemon. */
interface State {
  ready: boolean;
  draining: boolean;
}

/** Everything that runs, so that one function can end it. */
interface Running extends Parts {
  readonly config: CurrentConfig;
  readonly watchdog: Watchdog;
  readonly era: McpEra;
  readonly servers: readonly Server[];
}

/** How often the pulses are taken at the least, for /health also where no watchdog waits for them. */
const pulseMs = 5_000;

/** Resolves when the daemon is READY. Throws `start_failed` or `config_invalid`, with nothing left behind. */
export async function startDaemon(needs: DaemonNeeds): Promise<Daemon> {
  const { clock, log, manager, places, version } = needs;
  const startedAtMs = clock.monotonicMs();
  const state: State = { ready: false, draining: false };
  const config = openCurrentConfig(needs.loaded);
  const onTrouble = (cause: unknown) =>
    log.error({ err: cause }, 'keys or revocations cannot be read, keeping the old ones');
  const keys = openKeySource(
    { stateDirectory: places.stateDirectory, credentialsDirectory: needs.credentialsDirectory },
    clock,
    onTrouble,
  );
  const identifier = openIdentifier({
    keys,
    revocations: openRevocations(revocationFileIn(places.stateDirectory), clock, onTrouble),
    clock,
    settings: () => authSettings(config),
  });

  const [native, parts] = await Promise.all([
    openNative(),
    openParts({
      ...{ config, clock, log, version, journal: needs.journal },
      history: { folder: historyFolderIn(places), record: true },
    }),
  ]);
  const watchdog = openWatchdog({
    intervalMs: Math.min(manager.watchdogIntervalMs ?? pulseMs, pulseMs),
    pulses: [
      { name: 'sampler', beats: () => parts.host.samplesTaken(), graceMs: 5_000 },
      { name: 'dispatcher', beats: () => parts.dispatcher.heartbeat(), graceMs: 2_000 },
    ],
    clock,
    feed: () => manager.keepAlive(),
    onStopped: (names) => log.error({ names }, 'parts of the daemon have stopped'),
  });
  const era = openEraOnFirstUse({
    core: parts.core,
    clock,
    older: config.get().server.transport === 'http-sse',
  });
  const health = {
    failing: () => [...watchdog.stopped(), ...(parts.trail.healthy() ? [] : ['audit'])],
    ready: () => state.ready,
    startedAtMs,
    version,
    clock,
  };
  const servers: Server[] = [];
  const running: Running = { ...parts, config, watchdog, era, servers };
  try {
    const doors = await listen(needs, servers, {
      routes: openRoutes(parts.dispatcher, health, era.http),
      trail: parts.trail,
      identify: identifier.identify,
      recorded: parts.dispatcher.recorded,
      allowedHosts: () => config.get().server.allowed_hosts,
      draining: () => state.draining,
      peerUid: (socket) => peerUid(native, socket),
      onInternal: (problem, correlationId) =>
        log.error({ err: problem.cause, correlationId }, 'a request failed by our own fault'),
    });
    state.ready = true;
    const answering = `Answering on ${doors.map(({ where }) => where).join(', ')}${saySandbox(needs)}`;
    manager.ready(answering);
    log.info({ version, doors: doors.map(({ door, where }) => `${door} ${where}`) }, 'ready');
    void tellOfRoots(parts.host, log);
    return life(needs, running, state, doors, keys, answering);
  } catch (thrown) {
    for (const server of servers) server.close();
    end(running);
    throw thrown;
  }
}

/** The folders whose files are served are looked at when they are set, so that nobody finds out by a refusal. */
async function tellOfRoots(host: HostHandle, log: Log): Promise<void> {
  for (const { root, served, says, mend } of await host.fileRoots()) {
    log[served ? 'info' : 'warn']({ root, mend }, `filesystem.allowed_paths: ${root} ${says}`);
  }
}

/** For the status of the installed service: in which the sandbox is another than the unit as shipped gives. */
function saySandbox({ places, manager, log }: DaemonNeeds): string {
  if (places.kind !== 'system' || !manager.present) return '';
  const differences = sandboxDifferences(liveMachine());
  if (differences.length === 0) return '';
  const said = `the sandbox differs from the unit as shipped: ${differences.join(', ')}`;
  log.warn({}, said);
  return `; ${said}`;
}

/** Opens every door, one server each. */
async function listen(
  needs: DaemonNeeds,
  servers: Server[],
  parts: ServerParts,
): Promise<readonly OpenDoor[]> {
  const { loaded, inherited, places, log } = needs;
  const { listeners, warnings } = chooseListeners(loaded, inherited, places.runtimeDirectory);
  const openOne = async (listener: Listener): Promise<OpenDoor> => {
    const server = openHttpServer(listener, parts);
    const { staleRemoved } = await listenOn(server, listener.at);
    servers.push(server);
    const door = openDoor(listener, server);
    if (staleRemoved) log.info({ where: door.where }, 'a socket that a dead process had left was removed');
    return door;
  };
  const doors: OpenDoor[] = [];
  for (const listener of listeners) doors.push(await openOne(listener));
  const reach = inherited.length > 0 ? reachWarnings(doors, loaded.config.server.auth_required) : [];
  for (const warning of [...loaded.warnings, ...warnings, ...reach]) log.warn({}, warning);
  return doors;
}

function life(
  needs: DaemonNeeds,
  running: Running,
  state: State,
  doors: readonly OpenDoor[],
  keys: KeySource,
  answering: string,
): Daemon {
  const { manager, log } = needs;
  let stopping: Promise<void> | undefined;
  let hurry = () => {};
  const hurried = new Promise<false>((resolve) => {
    hurry = () => resolve(false);
  });

  const stop = async (): Promise<void> => {
    state.draining = true;
    state.ready = false;
    const { dispatcher, era, servers, config } = running;
    manager.stopping(`Draining: ${dispatcher.running()} calls under way`);
    log.info({ running: dispatcher.running(), sessions: era.sessions() }, 'draining');
    const draining = drain(servers, config.get().server.drain_timeout * 1000);
    era.endStreams();
    if (!(await Promise.race([draining.done, hurried]))) {
      log.warn({ running: dispatcher.running() }, 'the drain took too long: what still runs is aborted');
      dispatcher.abortAll();
      await draining.cut();
    }
    end(running);
    log.info({}, 'stopped');
  };

  return {
    doors,
    keys,
    stuckThreads: () => running.host.stuckThreads(),
    reload() {
      if (state.draining) return;
      manager.reloading();
      manager.ready(`${answering}; ${reload(needs, running)}`);
    },
    stop() {
      if (stopping === undefined) stopping = stop();
      else hurry();
      return stopping;
    },
  };
}

function end({ watchdog, era, close }: Running): void {
  watchdog.close();
  era.close();
  close();
}

/** @returns what to say of it in the status */
function reload(needs: DaemonNeeds, { config, trail, host }: Running): string {
  const { log } = needs;
  try {
    const { changed, needRestart } = config.swap(loadConfig(needs.loadOptions));
    log.setLevel(config.get().logging.level);
    trail.reopen();
    log.info({ changed }, 'configuration reloaded');
    if (changed.includes('filesystem.allowed_paths')) void tellOfRoots(host, log);
    if (needRestart.length === 0) return 'configuration reloaded';
    log.warn({ needRestart }, 'these settings apply at the next restart');
    return `configuration reloaded, ${needRestart.join(', ')} at the next restart`;
  } catch (thrown) {
    const problem = asProblem(thrown);
    log.error({ err: problem, hint: problem.hint }, 'reload failed, the old configuration goes on');
    return `reload failed, the old configuration goes on: ${problem.detail}`;
  }
}

function authSettings(config: CurrentConfig) {
  const { server, security } = config.get();
  return {
    authRequired: server.auth_required,
    configuredTokens: security.auth_tokens.map(({ agent, scopes, sha256, expires }) => ({
      agent,
      scopes,
      sha256,
      expiresAt: Date.parse(expires),
    })),
    maxTokenAgeSeconds: security.max_token_age,
  };
}

/** Node.js shows the descriptor of a connection on its handle alone. */
function peerUid(native: Native, socket: Socket): number | undefined {
  const handle = (socket as Socket & { readonly _handle?: { readonly fd?: number } })._handle;
  return handle?.fd === undefined || handle.fd < 0 ? undefined : native.peerCredentials(handle.fd)?.uid;
}
