/**
 * The composition root: builds the machine, the record and the dispatcher from the configuration, for the daemon
 * and for the in-process server alike. It ties rooms together and decides nothing else.
 */

import { openJournalCopy } from '../audit/journal.ts';
import { openTrail, type Trail } from '../audit/trail.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { liveMachine } from '../base/machine-root.ts';
import { settleHeap } from '../base/settle-heap.ts';
import type { CurrentConfig } from '../config/current.ts';
import type { Config } from '../config/schema.ts';
import { eachWord } from '../dispatch/authorize.ts';
import { checkCatalogue } from '../dispatch/checked-catalogue.ts';
import { type Dispatcher, openDispatcher } from '../dispatch/invoke.ts';
import type { HistoryOptions } from '../host/history.ts';
import { type HostHandle, openHost } from '../host/host.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Tool } from '../tools/tool.ts';
import { type McpCore, openMcpCore } from '../transport/mcp/core.ts';
import { openJournalSocket } from './journal-socket.ts';

export interface Parts {
  readonly host: HostHandle;
  readonly trail: Trail;
  readonly dispatcher: Dispatcher;
  readonly core: McpCore;
  close(): void;
}

export interface PartsNeeds {
  readonly config: CurrentConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Whether the audit goes to the journal as well. */
  readonly journal: boolean;
  /** Where the history is, and whether it is written here. */
  readonly history: { readonly folder: string; readonly record: boolean };
}

const fileRulesOf = ({ filesystem, security }: Config) => ({
  roots: filesystem.allowed_paths,
  deniedNames: filesystem.denied_names,
  allowHardlinks: filesystem.allow_hardlinks,
  maxBytes: security.max_file_size,
});

const dockerRulesOf = ({ docker }: Config) => ({
  protectedNames: docker.protected_names,
  protectedLabels: docker.protected_labels,
});

const leftOutBy = ({ docker }: Config, { scope }: Tool): string | undefined =>
  docker.read_only && eachWord(scope).includes('docker:manage') ? 'docker.read_only is set' : undefined;

export async function openParts(needs: PartsNeeds): Promise<Parts> {
  const { config, clock, log, version, journal } = needs;
  const { audit, docker, host: hostSettings } = config.get();
  const onTrouble = (message: string, cause?: unknown) => log.warn({ cause }, `${message}, ignoring`);
  const copy = journal
    ? openJournalCopy({ send: (await openJournalSocket()).send, clock, onTrouble })
    : undefined;
  const trail = openTrail({
    file: audit.file,
    maxSizeBytes: audit.max_size,
    keep: audit.keep,
    clock,
    onTrouble: (message, err) => log.error({ err }, message),
    copy,
  });
  const opening = openHost({
    machine: liveMachine(hostSettings.sysfs),
    clock,
    history: historyOptions(config, needs.history),
    onTrouble,
    fileRules: () => fileRulesOf(config.get()),
    docker: { socketPath: docker.socket_path, rules: () => dockerRulesOf(config.get()) },
  });
  // While the host waits for its second sample.
  const checked = checkCatalogue(catalogue);
  settleHeap();
  const host = await opening;
  const dispatcher = openDispatcher({
    catalogue: checked,
    host,
    trail,
    clock,
    ratePerMinute: () => config.get().security.rate_limit,
    leftOut: (tool) => leftOutBy(config.get(), tool),
    onInternal: (problem, call) =>
      log.error(
        { err: problem.cause, correlationId: call.id, tool: call.tool },
        'a call failed by our own fault',
      ),
  });
  return {
    host,
    trail,
    dispatcher,
    core: openMcpCore(dispatcher, version),
    close() {
      dispatcher.close();
      host.close();
      trail.close();
    },
  };
}

function historyOptions(config: CurrentConfig, history: PartsNeeds['history']): HistoryOptions | undefined {
  const { enabled, interval, keep_samples, keep_minutes, keep_quarters } = config.get().history;
  if (!enabled) return undefined;
  return {
    ...history,
    settings: {
      intervalSeconds: interval,
      keepSamplesSeconds: keep_samples,
      keepMinutesSeconds: keep_minutes,
      keepQuartersSeconds: keep_quarters,
    },
  };
}
