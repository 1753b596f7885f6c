/** Why a container cannot be made anew without harm to itself or to others. */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { ContainerFacts } from './container-facts.ts';
import { textAt, truthAt } from './fields.ts';
import type { Reach } from './reach.ts';

const longestName = 200;
const taskLabel = 'com.docker.swarm.task.id';

/**
 * Throws `container_refused` or, for what a state does not allow, `arguments_invalid`.
 * @param inspected the container, as the engine says it
 */
export function refuseUnsafe(
  old: ContainerFacts,
  inspected: unknown,
  others: readonly ContainerFacts[],
  { sees }: Pick<Reach, 'sees'>,
): void {
  const refuse = (why: string, hint: string): never => {
    throw new Problem('container_refused', {
      detail: `The container ${quote(old.name)} is not updated: ${why}.`,
      hint,
    });
  };
  if (old.state === 'paused' || old.state === 'removing' || old.state === 'dead') {
    throw new Problem('arguments_invalid', {
      detail: `The container ${quote(old.name)} is ${old.state}.`,
      hint:
        old.state === 'paused' ? 'Unpause it before, with manage_container.' : 'It cannot be used any more.',
    });
  }
  if (truthAt(inspected, 'HostConfig', 'AutoRemove')) {
    refuse(
      'the engine removes it when it ends (--rm), so that it could not be put back',
      'Whoever started it pulls the image with pull_image and starts it again.',
    );
  }
  if (old.labels.has(taskLabel)) {
    refuse(
      'a swarm runs it and would replace it at once',
      'The operator updates it by `docker service update`.',
    );
  }
  const dependents = others.filter(
    ({ id, leansOn }) => id !== old.id && leansOn.some((one) => means(one, old)),
  );
  if (dependents.length > 0) {
    const told = dependents.filter(sees).map(({ name }) => quote(name));
    refuse(
      `${told.join(', ') || 'another container'} would lose it: what lives in its network or its namespaces, or is linked to it, needs this very container`,
      'The operator makes them anew together, for instance by `docker compose up`.',
    );
  }
  if (old.name.length > longestName) refuse('its name is too long', 'Give it a shorter one before.');
  if (textAt(inspected, 'Config', 'Image') === undefined) {
    refuse('the engine does not say what image it is of', 'get_container says what is known.');
  }
}

const means = (said: string, { id, name }: ContainerFacts): boolean =>
  said === name || (said.length >= 12 && id.startsWith(said));
