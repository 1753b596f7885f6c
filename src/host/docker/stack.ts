/** Compose projects: which there are, and one with its services, networks and ports, and who else wants those. */

import { Problem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { quote } from '../../base/quote.ts';
import { known } from '../rate.ts';
import type { ContainerFacts, PublishedPort } from './container-facts.ts';

export interface ProjectFacts {
  readonly project: string;
  readonly services: number;
  readonly containers: number;
  readonly running: number;
  /** By their health checks. */
  readonly unhealthy: number;
}

export interface StackPort {
  /** Of this host. */
  readonly port: number;
  readonly protocol: string;
  readonly address: string;
  /** By name. */
  readonly container: string;
  /** Whether that one runs, and so has it. */
  readonly held: boolean;
}

export interface PortConflict {
  readonly port: number;
  readonly protocol: string;
  /** The container of the stack that wants it and does not run. */
  readonly container: string;
  /** Another one that has it, or wants it too. */
  readonly other: string;
  readonly otherRuns: boolean;
}

export interface Stack {
  readonly project: string;
  /** As compose noted it in the labels. */
  readonly folder?: string;
  readonly files?: string;
  /** By service and name. */
  readonly containers: readonly ContainerFacts[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly ports: readonly StackPort[];
  readonly conflicts: readonly PortConflict[];
}

const folderLabel = 'com.docker.compose.project.working_dir';
const filesLabel = 'com.docker.compose.project.config_files';

const runs = ({ state }: ContainerFacts): boolean => state === 'running' || state === 'paused';
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

/** By name. */
export function projectsOf(all: readonly ContainerFacts[]): ProjectFacts[] {
  return sorted(all.flatMap(({ project }) => project ?? [])).map((project) => {
    const own = all.filter((one) => one.project === project);
    return {
      project,
      services: new Set(own.map(({ service }) => service)).size,
      containers: own.length,
      running: own.filter(runs).length,
      unhealthy: own.filter(({ health }) => health === 'unhealthy').length,
    };
  });
}

/** Throws `not_found` with near names. */
export function stackOf(project: string, all: readonly ContainerFacts[]): Stack {
  const own = all
    .filter((one) => one.project === project)
    .sort((a, b) => compare(a.service ?? '', b.service ?? '') || compare(a.name, b.name));
  if (own.length === 0) throw unknownProject(project, projectsOf(all));
  const label = (name: string): string | undefined =>
    own.find(({ labels }) => labels.has(name))?.labels.get(name);
  return {
    project,
    ...known({ folder: label(folderLabel), files: label(filesLabel) }),
    containers: own,
    networks: sorted(own.flatMap(({ networks }) => networks)),
    volumes: sorted(own.flatMap(({ volumes }) => volumes)),
    ports: own.flatMap(portsOf).sort((a, b) => a.port - b.port || compare(a.container, b.container)),
    conflicts: own.filter((one) => !runs(one)).flatMap((one) => conflictsOf(one, all)),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function unknownProject(project: string, projects: readonly ProjectFacts[]): Problem {
  const names = projects.map((one) => one.project);
  const near = [nearest(project, names) ?? []].flat();
  return new Problem('not_found', {
    detail: `There is no compose project ${quote(project)}.`,
    hint:
      names.length === 0
        ? 'No container here belongs to one.'
        : `Did you mean ${(near.length > 0 ? near : names.slice(0, 8)).map((name) => quote(name)).join(', ')}?`,
  });
}

const protocolOf = ({ container }: PublishedPort): string => container.split('/')[1] ?? 'tcp';

const portsOf = (one: ContainerFacts): StackPort[] =>
  one.ports.flatMap((published) =>
    published.port === undefined
      ? []
      : [
          {
            port: published.port,
            protocol: protocolOf(published),
            address: published.address ?? '0.0.0.0',
            container: one.name,
            held: runs(one),
          },
        ],
  );

function conflictsOf(one: ContainerFacts, all: readonly ContainerFacts[]): PortConflict[] {
  const wanted = portsOf(one);
  return all
    .filter(({ id }) => id !== one.id)
    .flatMap((other) => {
      const clash = wanted.find((port) => portsOf(other).some((theirs) => overlap(port, theirs)));
      if (clash === undefined) return [];
      const { port, protocol } = clash;
      return [{ port, protocol, container: one.name, other: other.name, otherRuns: runs(other) }];
    });
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';
const family = (address: string): number => (address.includes(':') ? 6 : 4);

function overlap(a: StackPort, b: StackPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol || family(a.address) !== family(b.address)) return false;
  return a.address === b.address || isAny(a.address) || isAny(b.address);
}
