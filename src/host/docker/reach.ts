/** How far whoever asks reaches: which containers are there for them, and which of those they may change. */

import { fitsPattern } from '../name-patterns.ts';
import type { ContainerFacts } from './container-facts.ts';
import { hasLabel } from './protection.ts';

type Objects = readonly string[];

/** Who asks, as far as containers are concerned. */
export interface DockerCaller {
  has(scope: 'docker:read' | 'docker:manage'): boolean;
  readonly narrowing?: { readonly 'docker:read'?: Objects; readonly 'docker:manage'?: Objects };
}

type Named = Pick<ContainerFacts, 'name' | 'labels'>;

export interface Reach {
  /** Whether only some of all containers may be seen. */
  readonly narrowed: boolean;
  /** Whether only some may be changed. */
  readonly changesSome: boolean;
  sees(one: Named): boolean;
  changes(one: Named): boolean;
  /** Whether it is there for them at all: what is not is answered as what does not exist. */
  knows(one: Named): boolean;
  /** What may have been a container once and is known by its name alone. */
  seesName(name: string): boolean;
}

export function reachOf({ has, narrowing }: DockerCaller): Reach {
  const within = (scope: 'docker:read' | 'docker:manage') => {
    const objects = narrowing?.[scope];
    return (one: Named): boolean => has(scope) && (objects === undefined || isWithin(one, objects));
  };
  const [sees, changes] = [within('docker:read'), within('docker:manage')];
  return {
    narrowed: !has('docker:read') || narrowing?.['docker:read'] !== undefined,
    changesSome: narrowing?.['docker:manage'] !== undefined,
    sees,
    changes,
    knows: (one) => sees(one) || changes(one),
    seesName: (name) => sees({ name, labels: new Map() }),
  };
}

const labelPrefix = 'label:';

/** Names with `*`, in the case that they have, or `label:NAME` and `label:NAME=VALUE`. */
export const isWithin = ({ name, labels }: Named, objects: Objects): boolean =>
  objects.some((object) =>
    object.startsWith(labelPrefix)
      ? hasLabel(labels, object.slice(labelPrefix.length))
      : fitsPattern(name, object),
  );
