/** Which containers match, in which order, and how many of each state there are. */

import { known } from '../rate.ts';
import { type ContainerFacts, type ContainerState, containerStates, type Health } from './container-facts.ts';
import { hasLabel } from './protection.ts';

export interface ContainerWish {
  /** Whether those that do not run count. */
  readonly all: boolean;
  /** Part of the name or the id. */
  readonly name?: string;
  /** Part of the image's name. */
  readonly image?: string;
  /** `name` or `name=value`. */
  readonly label?: string;
  readonly project?: string;
  readonly health?: Health;
  readonly state?: ContainerState;
  readonly limit: number;
  /** The name after which the page begins. */
  readonly after?: string;
}

export interface ContainerPage {
  readonly shown: readonly ContainerFacts[];
  readonly matching: number;
  /** Those that match and come after the page. */
  readonly left: number;
  /** Of those that match but for their state. */
  readonly byState: { readonly [S in ContainerState]?: number };
}

const runs = ({ state }: ContainerFacts): boolean =>
  state === 'running' || state === 'paused' || state === 'restarting';

/** In the order of their names, which stays the same while they come and go. */
export function containerPage(all: readonly ContainerFacts[], wish: ContainerWish): ContainerPage {
  const alike = all.filter((one) => matches(one, wish));
  const matching = alike
    .filter((one) => (wish.state === undefined ? wish.all || runs(one) : one.state === wish.state))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { after = '' } = wish;
  const later = matching.filter(({ name }) => name > after);
  const counts = containerStates.map((state) => {
    const count = alike.filter((one) => one.state === state).length;
    return [state, count === 0 ? undefined : count] as const;
  });
  return {
    shown: later.slice(0, wish.limit),
    matching: matching.length,
    left: Math.max(0, later.length - wish.limit),
    byState: known(Object.fromEntries(counts)),
  };
}

const holds = (text: string, part: string | undefined): boolean =>
  part === undefined || text.toLowerCase().includes(part.toLowerCase());

function matches(one: ContainerFacts, { name, image, label, project, health }: ContainerWish): boolean {
  return (
    (holds(one.name, name) || (name !== undefined && one.id.startsWith(name))) &&
    holds(one.image, image) &&
    (label === undefined || hasLabel(one.labels, label)) &&
    (project === undefined || one.project === project) &&
    (health === undefined || one.health === health)
  );
}
