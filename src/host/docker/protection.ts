/** Which containers the operator keeps from being changed, and which of them this daemon itself runs in. */

import type { MachineRoot } from '../../base/machine-root.ts';
import { belonging, parseCgroupPath } from '../cgroup.ts';
import { textOf } from '../machine-facts.ts';
import { namePatterns } from '../name-patterns.ts';
import type { ContainerFacts } from './container-facts.ts';

/** What the settings say of containers; asked anew at each question. */
export interface DockerRules {
  /** Names with `*` for anything. */
  readonly protectedNames: readonly string[];
  /** `name` or `name=value`. */
  readonly protectedLabels: readonly string[];
}

export const noDockerRules: DockerRules = Object.freeze({ protectedNames: [], protectedLabels: [] });

/** Whether a container carries a label, given as `name` or as `name=value`. */
export function hasLabel(labels: ReadonlyMap<string, string>, wanted: string): boolean {
  const cut = wanted.indexOf('=');
  if (cut === -1) return labels.has(wanted);
  return labels.get(wanted.slice(0, cut)) === wanted.slice(cut + 1);
}

/** Why a container is not to be changed, in words; undefined where it may be. */
export function protectionOf(
  { id, name, labels }: Pick<ContainerFacts, 'id' | 'name' | 'labels'>,
  { protectedNames, protectedLabels }: DockerRules,
  ownId: string | undefined,
): string | undefined {
  if (id === ownId) return 'this daemon runs in it';
  if (namePatterns(protectedNames)(name)) return 'its name is in docker.protected_names';
  const label = protectedLabels.find((wanted) => hasLabel(labels, wanted));
  return label === undefined ? undefined : 'it has a label of docker.protected_labels';
}

/** The container that this process runs in, as its cgroup or what is mounted in it tells; undefined outside of one. */
export function ownContainerId(machine: MachineRoot): string | undefined {
  const cgroup = belonging(parseCgroupPath(textOf(machine.proc, 'self/cgroup') ?? '')).containerId;
  return cgroup ?? ownIdInMounts(textOf(machine.proc, 'self/mountinfo') ?? '');
}

/** The engine mounts files of its own folder for the container over /etc/hostname, /etc/hosts and /etc/resolv.conf. */
export const ownIdInMounts = (mountinfo: string): string | undefined =>
  /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) \/etc\//.exec(mountinfo)?.[1];
