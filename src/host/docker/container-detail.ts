/** One container in full, from what the engine says when it inspects it. */

import { cleanLine } from '../../base/clean-text.ts';
import { known } from '../rate.ts';
import { type ContainerFacts, containerFacts } from './container-facts.ts';
import { exitMeaning } from './exit-meaning.ts';
import { at, entriesAt, listAt, numberAt, textAt, textsAt, timeAt, truthAt } from './fields.ts';
import { redactedCommand, redactedEnvironment, redactedSettings, redactedText } from './redacted-lines.ts';

export interface HealthCheck {
  /** ISO 8601 UTC. */
  readonly at?: string;
  readonly exitCode?: number;
  readonly output?: string;
}

export interface ContainerNetwork {
  readonly name: string;
  readonly address?: string;
  readonly address6?: string;
  readonly aliases?: readonly string[];
}

export interface ContainerMount {
  /** bind, volume, tmpfs … */
  readonly type: string;
  /** On the host; of a volume its name. */
  readonly source?: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

/** What is absent is not limited. */
export interface ContainerLimits {
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** Memory and swap together. */
  readonly memoryAndSwapBytes?: number;
  readonly cpuCores?: number;
  /** Which cores, e.g. `0-3`. */
  readonly cpuSet?: string;
  readonly pids?: number;
}

export interface ContainerDetail {
  readonly facts: ContainerFacts;
  readonly command?: string;
  readonly exitMeaning?: string;
  /** Why the engine could not start it. */
  readonly error?: string;
  readonly failingStreak?: number;
  /** Oldest first; the engine keeps five. */
  readonly checks: readonly HealthCheck[];
  /** `no`, `always`, `unless-stopped`, `on-failure:5`. */
  readonly restartPolicy: string;
  readonly networks: readonly ContainerNetwork[];
  readonly mounts: readonly ContainerMount[];
  readonly limits: ContainerLimits;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  /** Of the image's or the container's own words. */
  readonly user?: string;
  /** `+NET_ADMIN`, `-ALL`. */
  readonly capabilities: readonly string[];
  readonly logDriver?: string;
  readonly tty: boolean;
  readonly environment: readonly string[];
  readonly labels: readonly string[];
  /** Replaced in environment and labels. */
  readonly secrets: number;
}

const longestOutput = 400;

/** Undefined for what is no container. */
export function containerDetail(inspected: unknown): ContainerDetail | undefined {
  const facts = containerFacts(inspected);
  if (facts === undefined) return undefined;
  const environment = redactedEnvironment(textsAt(inspected, 'Config', 'Env'));
  const labels = redactedSettings([...facts.labels].sort(([a], [b]) => (a < b ? -1 : 1)));
  const words = [textAt(inspected, 'Path') ?? '', ...textsAt(inspected, 'Args')];
  const said = textAt(inspected, 'State', 'Error');
  const { exitCode, oomKilled } = facts;
  return {
    facts,
    checks: listAt(inspected, 'State', 'Health', 'Log').map(checkOf),
    restartPolicy: restartPolicyOf(inspected),
    networks: entriesAt(inspected, 'NetworkSettings', 'Networks').map(networkOf),
    mounts: [...listAt(inspected, 'Mounts').map(mountOf), ...tmpfsOf(inspected)],
    limits: limitsOf(at(inspected, 'HostConfig')),
    privileged: truthAt(inspected, 'HostConfig', 'Privileged'),
    readOnlyRoot: truthAt(inspected, 'HostConfig', 'ReadonlyRootfs'),
    capabilities: [
      ...textsAt(inspected, 'HostConfig', 'CapAdd').map((name) => `+${cleanLine(name, 32)}`),
      ...textsAt(inspected, 'HostConfig', 'CapDrop').map((name) => `-${cleanLine(name, 32)}`),
    ],
    tty: truthAt(inspected, 'Config', 'Tty'),
    environment: environment.lines,
    labels: labels.lines,
    secrets: environment.secrets + labels.secrets,
    ...known({
      command: redactedCommand(words) || undefined,
      exitMeaning: exitCode === undefined ? undefined : exitMeaning(exitCode, oomKilled),
      error: said === undefined ? undefined : redactedText(said, longestOutput),
      failingStreak: numberAt(inspected, 'State', 'Health', 'FailingStreak'),
      user: lineAt(inspected, 'Config', 'User'),
      logDriver: lineAt(inspected, 'HostConfig', 'LogConfig', 'Type'),
    }),
  };
}

const lineAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = textAt(value, ...path);
  return text === undefined ? undefined : cleanLine(text, 255);
};

function checkOf(check: unknown): HealthCheck {
  const output = redactedText(textAt(check, 'Output') ?? '', longestOutput);
  return known({
    at: timeAt(check, 'End') ?? timeAt(check, 'Start'),
    exitCode: numberAt(check, 'ExitCode'),
    output: output === '' ? undefined : output,
  });
}

function restartPolicyOf(inspected: unknown): string {
  const name = lineAt(inspected, 'HostConfig', 'RestartPolicy', 'Name') ?? 'no';
  const most = numberAt(inspected, 'HostConfig', 'RestartPolicy', 'MaximumRetryCount') ?? 0;
  return most > 0 ? `${name}:${most}` : name;
}

function networkOf([name, network]: readonly [string, unknown]): ContainerNetwork {
  const aliases = textsAt(network, 'Aliases').map((alias) => cleanLine(alias, 255));
  return {
    name: cleanLine(name, 255),
    ...known({
      address: lineAt(network, 'IPAddress'),
      address6: lineAt(network, 'GlobalIPv6Address'),
      aliases: aliases.length === 0 ? undefined : aliases,
    }),
  };
}

function mountOf(mount: unknown): ContainerMount {
  const type = lineAt(mount, 'Type') ?? 'unknown';
  const source = type === 'volume' ? lineAt(mount, 'Name') : lineAt(mount, 'Source');
  return {
    type,
    ...known({ source }),
    destination: lineAt(mount, 'Destination') ?? '',
    readOnly: at(mount, 'RW') === false,
  };
}

/** Those of `--tmpfs` are not among the mounts. */
const tmpfsOf = (inspected: unknown): ContainerMount[] =>
  entriesAt(inspected, 'HostConfig', 'Tmpfs').map(([destination, options]) => ({
    type: 'tmpfs',
    destination: cleanLine(destination, 255),
    readOnly: /(?:^|,)ro(?:,|$)/.test(String(options)),
  }));

function limitsOf(settings: unknown): ContainerLimits {
  /** Zero and less stand for none. */
  const limitAt = (name: string): number | undefined => {
    const limit = numberAt(settings, name);
    return limit !== undefined && limit > 0 ? limit : undefined;
  };
  const nano = limitAt('NanoCpus');
  const quota = limitAt('CpuQuota');
  const cores = nano === undefined ? quota && quota / (limitAt('CpuPeriod') ?? 100_000) : nano / 1e9;
  return known({
    memoryBytes: limitAt('Memory'),
    memoryReservationBytes: limitAt('MemoryReservation'),
    memoryAndSwapBytes: limitAt('MemorySwap'),
    cpuCores: cores === undefined ? undefined : Math.round(cores * 100) / 100,
    cpuSet: lineAt(settings, 'CpusetCpus'),
    pids: limitAt('PidsLimit'),
  });
}
