/** What is kept of each container, from what the engine says when it inspects it. */

import { cleanLine } from '../../base/clean-text.ts';
import { known } from '../rate.ts';
import { entriesAt, listAt, numberAt, textAt, textsAt, timeAt, truthAt } from './fields.ts';

export const containerStates = [
  'running',
  'paused',
  'restarting',
  'created',
  'exited',
  'removing',
  'dead',
] as const;
export type ContainerState = (typeof containerStates)[number];

export const healthWords = ['starting', 'healthy', 'unhealthy'] as const;
export type Health = (typeof healthWords)[number];

export interface PublishedPort {
  /** e.g. `80/tcp`. */
  readonly container: string;
  /** Where this host listens for it; absent where the port is only exposed. */
  readonly address?: string;
  readonly port?: number;
}

export interface ContainerFacts {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** As it was named when the container was made. */
  readonly image: string;
  readonly imageId?: string;
  readonly state: ContainerState;
  /** Absent without a health check. */
  readonly health?: Health;
  /** Of the last run; only where it does not run. */
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  /** Of its main process in the namespace of this host. */
  readonly pid?: number;
  /** By the restart policy, since it was last started by hand. */
  readonly restarts: number;
  /** ISO 8601 UTC. */
  readonly createdAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly ports: readonly PublishedPort[];
  /** By name. */
  readonly networks: readonly string[];
  /** Those that it mounts, by name. */
  readonly volumes: readonly string[];
  /** Other containers, by name or id, without which it does not live: those whose namespaces it shares or is linked to. */
  readonly leansOn: readonly string[];
  /** Whether it lives in the network of the host itself. */
  readonly hostNetwork: boolean;
  /** The compose project and the service in it. */
  readonly project?: string;
  readonly service?: string;
  /** Below which its cgroup is, where that was said. */
  readonly cgroupParent?: string;
}

const isState = (word: string | undefined): word is ContainerState =>
  containerStates.some((state) => state === word);
const isHealth = (word: string | undefined): word is Health => healthWords.some((health) => health === word);

/** Labels of compose, which every version of it sets. */
export const projectLabel = 'com.docker.compose.project';
export const serviceLabel = 'com.docker.compose.service';
/** What a swarm calls the two. */
const stackLabel = 'com.docker.stack.namespace';
const stackServiceLabel = 'com.docker.swarm.service.name';

/** Undefined for what is no container. */
export function containerFacts(inspected: unknown): ContainerFacts | undefined {
  const id = textAt(inspected, 'Id');
  if (id === undefined) return undefined;
  const said = textAt(inspected, 'State', 'Status');
  const state = isState(said) ? said : 'dead';
  const health = textAt(inspected, 'State', 'Health', 'Status');
  const runs = state === 'running' || state === 'paused';
  const pid = numberAt(inspected, 'State', 'Pid');
  const labels = new Map(
    entriesAt(inspected, 'Config', 'Labels').map(([name, value]) => [name, String(value)] as const),
  );
  return {
    id,
    name: cleanLine((textAt(inspected, 'Name') ?? id.slice(0, 12)).replace(/^\//, ''), 255),
    image: cleanLine(textAt(inspected, 'Config', 'Image') ?? '', 255),
    state,
    oomKilled: truthAt(inspected, 'State', 'OOMKilled'),
    restarts: numberAt(inspected, 'RestartCount') ?? 0,
    labels,
    ports: portsOf(inspected),
    networks: entriesAt(inspected, 'NetworkSettings', 'Networks').map(([name]) => cleanLine(name, 255)),
    volumes: listAt(inspected, 'Mounts').flatMap((mount) =>
      textAt(mount, 'Type') === 'volume' ? (textAt(mount, 'Name') ?? []) : [],
    ),
    leansOn: leansOn(inspected),
    hostNetwork: textAt(inspected, 'HostConfig', 'NetworkMode') === 'host',
    ...known({
      imageId: textAt(inspected, 'Image'),
      health: isHealth(health) ? health : undefined,
      exitCode: runs || state === 'created' ? undefined : numberAt(inspected, 'State', 'ExitCode'),
      pid: runs && pid !== undefined && pid > 0 ? pid : undefined,
      createdAt: timeAt(inspected, 'Created'),
      startedAt: timeAt(inspected, 'State', 'StartedAt'),
      finishedAt: timeAt(inspected, 'State', 'FinishedAt'),
      project: labels.get(projectLabel) ?? labels.get(stackLabel),
      service: labels.get(serviceLabel) ?? labels.get(stackServiceLabel),
      cgroupParent: textAt(inspected, 'HostConfig', 'CgroupParent'),
    }),
  };
}

const leansOn = (inspected: unknown): string[] => [
  ...['NetworkMode', 'PidMode', 'IpcMode'].flatMap(
    (mode) => /^container:(.+)/.exec(textAt(inspected, 'HostConfig', mode) ?? '')?.[1] ?? [],
  ),
  ...textsAt(inspected, 'HostConfig', 'Links').flatMap((link) => /^\/?([^:]+)/.exec(link)?.[1] ?? []),
];

/** The ports of a running container; of another one those that it will publish. */
function portsOf(inspected: unknown): PublishedPort[] {
  const now = entriesAt(inspected, 'NetworkSettings', 'Ports');
  const all = now.length > 0 ? now : entriesAt(inspected, 'HostConfig', 'PortBindings');
  return all.flatMap(([container, bindings]): PublishedPort[] => {
    const places = listAt(bindings);
    if (places.length === 0) return [{ container }];
    return places.map((place) => {
      const port = Number(textAt(place, 'HostPort') ?? Number.NaN);
      return {
        container,
        address: textAt(place, 'HostIp') ?? '0.0.0.0',
        ...(Number.isInteger(port) ? { port } : {}),
      };
    });
  });
}

/** `0.0.0.0:8080->80/tcp`, or `80/tcp` where it is only exposed. */
export function portWords({ container, address = '', port }: PublishedPort): string {
  if (port === undefined) return container;
  return `${address.includes(':') ? `[${address}]` : address}:${port}->${container}`;
}
