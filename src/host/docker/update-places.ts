/** Which containers have a part in the update of a name at this moment. */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { ContainerFacts } from './container-facts.ts';
import { goneContainer } from './container-search.ts';
import { doesRun } from './container-use.ts';
import type { Engine } from './engine.ts';
import { textAt } from './fields.ts';
import type { Roster } from './roster.ts';
import { baseOf, partIn } from './update-names.ts';

export interface Places {
  readonly base: string;
  /** The one that is replaced, under its name or set aside. */
  readonly old: ContainerFacts;
  /** The one that was made for its place, wherever it is by now. */
  readonly made?: ContainerFacts;
  /** Whether the old one ran when the update began. */
  readonly ran: boolean;
}

/** Also while its restart policy is about to start it. */
export const isUp = (one: Pick<ContainerFacts, 'state'>): boolean =>
  doesRun(one) || one.state === 'restarting';

/**
 * Asks the engine now. Throws `not_found` where there is none, and `unavailable` where somebody else came in between
 * and what there is fits no update.
 */
export async function lookAt(
  base: string,
  engine: Pick<Engine, 'ask'>,
  roster: Pick<Roster, 'recheck'>,
): Promise<Places> {
  const listed = await engine.ask('listContainers', { query: { all: true, filters: { name: [base] } } });
  const ids = (Array.isArray(listed) ? listed : []).flatMap((entry: unknown) => textAt(entry, 'Id') ?? []);
  const all = (await Promise.all(ids.map((id) => roster.recheck(id)))).filter(
    (one) => one !== undefined && baseOf(one.name) === base,
  ) as ContainerFacts[];
  const named = all.find(({ name }) => name === base);
  const inRole = (role: 'new' | 'old') => all.filter(({ name }) => partIn(name)?.role === role);
  const [[aside, ...otherOld], [waiting, ...otherNew]] = [inRole('old'), inRole('new')];
  if (otherOld.length + otherNew.length > 0) throw tangled(base, all);
  const part = aside && partIn(aside.name);
  if (aside === undefined || part === undefined) {
    if (named !== undefined) return places(base, named, waiting, isUp(named));
    throw waiting === undefined ? goneContainer(base) : tangled(base, all);
  }
  const made = [named, waiting].find((one) => one?.id.startsWith(part.otherId));
  if (named !== undefined && named !== made) throw tangled(base, all);
  return places(base, aside, made, part.ran);
}

const places = (
  base: string,
  old: ContainerFacts,
  made: ContainerFacts | undefined,
  ran: boolean,
): Places => ({
  ...{ base, old, ran },
  ...(made === undefined ? {} : { made }),
});

const tangled = (base: string, all: readonly ContainerFacts[]): Problem =>
  new Problem('container_refused', {
    detail: `What an interrupted update of ${quote(base)} left was changed by somebody else since: ${all
      .map(({ name }) => quote(name, 255))
      .join(', ')}. Nothing was touched.`,
    hint: 'The operator removes or renames those that are not needed, by `docker rm` or `docker rename`.',
  });
