/** Going the way of an update, going it back, and taking up one that was interrupted. */

import type { Clock } from '../../base/clock.ts';
import { asProblem, Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { ContainerFacts } from './container-facts.ts';
import { goneContainer } from './container-search.ts';
import type { Engine } from './engine.ts';
import type { Roster } from './roster.ts';
import { whyNotUp } from './standing.ts';
import { lookAt, type Places } from './update-places.ts';
import { removeOld, type StepHow, type StepName, steps } from './update-steps.ts';

export interface WalkNeeds {
  readonly engine: Pick<Engine, 'ask'>;
  readonly roster: Pick<Roster, 'recheck'>;
  readonly clock: Clock;
}

export interface Way extends Pick<StepHow, 'graceSeconds'> {
  /** For coming up. */
  readonly timeoutMs: number;
}

export type Mended = 'finished' | 'putBack';

/** From the first step till the new one is up. @returns what went wrong, if anything did */
export async function goForward(
  base: string,
  how: Way & StepHow,
  needs: WalkNeeds,
  tell: (step: StepName | 'watch') => void,
): Promise<Problem | undefined> {
  const look = (): Promise<Places> => lookAt(base, needs.engine, needs.roster);
  try {
    for (const { name, does } of steps) {
      tell(name);
      await does(needs.engine, await look(), how);
    }
    const { made, ran } = await look();
    if (made === undefined) throw goneContainer(base);
    if (ran) tell('watch');
    const why = ran ? await whyDown(made, 0, how, needs) : undefined;
    return why === undefined ? undefined : new Problem('unavailable', { detail: why });
  } catch (thrown) {
    return asProblem(thrown);
  }
}

/** Undoes from the last step to the first what was done of them. */
export async function putBack(base: string, way: Way, { engine, roster }: WalkNeeds): Promise<void> {
  try {
    for (const { undo } of steps.toReversed()) await undo(engine, await lookAt(base, engine, roster), way);
  } catch (thrown) {
    throw half(thrown, `The update of ${quote(base)} failed, and the one before is not in its place yet`);
  }
}

/** When the new one is up. */
export async function finish(base: string, { engine, roster }: WalkNeeds): Promise<void> {
  try {
    await removeOld(engine, (await lookAt(base, engine, roster)).old);
  } catch (thrown) {
    throw half(thrown, `The new container ${quote(base)} is up; the one before it could not be removed`);
  }
}

/** @returns what was done about an update that was interrupted; undefined where none was */
export async function mend(
  { base, old, made, ran }: Places,
  way: Way,
  needs: WalkNeeds,
): Promise<Mended | undefined> {
  if (old.name === base && made === undefined) return undefined;
  const inPlace = made?.name === base ? made : undefined;
  const why = ran && inPlace !== undefined ? await whyDown(inPlace, inPlace.restarts, way, needs) : undefined;
  if (inPlace === undefined || why !== undefined) {
    await putBack(base, way, needs);
    return 'putBack';
  }
  await finish(base, needs);
  return 'finished';
}

const whyDown = (
  { id }: ContainerFacts,
  restarts: number,
  { timeoutMs }: Way,
  { clock, roster }: WalkNeeds,
): Promise<string | undefined> => whyNotUp({ clock, timeoutMs, restarts, recheck: () => roster.recheck(id) });

function half(thrown: unknown, what: string): Problem {
  const { code, detail } = asProblem(thrown);
  return new Problem(code, {
    detail: `${what}: ${detail} Nothing is lost.`,
    hint: 'What was sent last may have happened: look with get_container. The next update_container of it mends what was left.',
    cause: thrown,
  });
}
