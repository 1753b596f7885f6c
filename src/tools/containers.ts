/** The containers of processes and log entries in answers about the host, as far as whoever asks may know of them. */

import { Problem } from '../base/errors.ts';
import { type Belonging, containerIn } from '../host/cgroup.ts';
import { found } from '../host/docker/container-search.ts';
import type { Docker } from '../host/docker/docker.ts';
import type { EntryContainer } from '../host/journal-entry.ts';
import { known } from '../host/rate.ts';
import { maybe, text, untrusted } from './schema.ts';
import type { Grant, ToolContext } from './tool.ts';

/** Of a row about a process. */
export const containerMembers = {
  containerId: maybe(text('First 12 digits of the id of its container', 12)),
  container: maybe(untrusted('Name of its container', 255)),
};

type Shown<T> = Omit<T, 'containerId' | 'unit'> & {
  readonly unit?: string;
  readonly containerId?: string;
  readonly container?: string;
};

export const inContainer = (row: Belonging): boolean => containerIn(row) !== undefined;

export interface ProcessContainers {
  /** The same with the name of its container, or without what tells of one that may not be known. */
  show<T extends Belonging>(row: T): Shown<T>;
  /** Of all that was shown: what was left out, and why names are missing. */
  notes(): { readonly withheld: readonly string[]; readonly hidden: readonly string[] };
}

/** From memory: nothing is asked of the engine. */
export function processContainers({ host, grant }: Pick<ToolContext, 'host' | 'grant'>): ProcessContainers {
  const docker = host.docker(grant);
  const names = new Map(docker.remembered().map(({ id, name }) => [id, name]));
  const nameless = new Set<string>();
  let withholds = false;
  return {
    show({ containerId, unit, ...row }) {
      const id = containerIn(known({ containerId, unit }));
      const ofUnit = unit === undefined ? row : { ...row, unit };
      if (id === undefined) return ofUnit;
      const container = names.get(id);
      if (container === undefined && docker.narrowed) {
        withholds = true;
        return containerIn(known({ unit })) === undefined ? ofUnit : row;
      }
      if (container === undefined) nameless.add(id);
      return { ...ofUnit, containerId: id.slice(0, 12), ...(container !== undefined && { container }) };
    },
    notes: () => ({
      withheld: withholds ? [withheldFrom(grant, 'the containers of processes')] : [],
      hidden: nameless.size > 0 ? [namesHidden(docker, nameless.size)] : [],
    }),
  };
}

const withheldFrom = (grant: Grant, what: string, count = ''): string =>
  grant.has('docker:read')
    ? `${what} but for those that docker:read is narrowed to`
    : `${what}${count}: docker:read`;

export const unitsWithheld = (grant: Grant): string => withheldFrom(grant, 'the units of containers');

/** How many is told to nobody who is narrowed to some. */
export const entriesWithheld = (grant: Grant, count: number): string =>
  withheldFrom(grant, 'entries of containers', ` (${count})`);

const namesHidden = (docker: Docker, count: number): string =>
  `names of containers: ${docker.trouble()?.detail ?? `the Docker engine does not know ${count}`}`;

/** The ids of the containers that may match; `all` where every one may. */
export const matchable = (docker: Docker): 'all' | readonly string[] =>
  docker.narrowed ? docker.remembered().map(({ id }) => id) : 'all';

/** Which units may be told of: one that is named after a container to those who see that one. */
export function showsUnitOf(docker: Docker): (unit: string) => boolean {
  const ids = matchable(docker);
  return (unit) => {
    const id = containerIn({ unit });
    return id === undefined || ids === 'all' || ids.includes(id);
  };
}

/** Whether the entry of a container may be told of, which may be gone by now and have nothing left but its name. */
export function showsEntryOf(docker: Docker): (of: EntryContainer) => boolean {
  if (!docker.narrowed) return () => true;
  const seen = docker.remembered();
  return ({ containerId, containerName }) =>
    (containerId !== undefined && seen.some(({ id }) => id.startsWith(containerId))) ||
    (containerName !== undefined && docker.seesName(containerName));
}

/**
 * The id of a container, or the beginning of one, for its name. Throws `scope_missing` for whoever sees none,
 * `not_found`, and what keeps the engine from telling names.
 */
export function containerIdFor(wanted: string, { host, grant }: Pick<ToolContext, 'host' | 'grant'>): string {
  if (!grant.has('docker:read')) throw mayNot();
  const docker = host.docker(grant);
  const all = docker.remembered();
  const trouble = docker.trouble();
  if (/^[0-9a-f]{1,64}$/.test(wanted) && !all.some(({ name }) => name === wanted)) return wanted;
  if (all.length === 0 && trouble !== undefined) throw trouble;
  return found(wanted, all).id;
}

const mayNot = (): Problem =>
  new Problem('scope_missing', {
    detail: 'To filter by `container` needs the scope docker:read.',
    hint: 'Leave it out and filter by something else, or ask the operator for a token with docker:read.',
  });
