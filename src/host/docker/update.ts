/** Having a container on a newer image: all that it was made with stays, and what does not come up is put back. */

import type { Clock } from '../../base/clock.ts';
import { asProblem, Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { ChangeLock } from './change-lock.ts';
import type { ContainerFacts } from './container-facts.ts';
import { goneContainer } from './container-search.ts';
import type { Engine } from './engine.ts';
import { textAt } from './fields.ts';
import { imageReference, nameOf } from './image-reference.ts';
import { type ImageState, imageState, inspectImage } from './image-state.ts';
import { refuseProtected } from './manage.ts';
import { type PullContext, pullImage } from './pull.ts';
import type { Reach } from './reach.ts';
import { type Recreation, recreationOf } from './recreation.ts';
import type { Roster } from './roster.ts';
import { whyNotUp } from './standing.ts';
import { baseOf } from './update-names.ts';
import { refuseUnsafe } from './update-obstacles.ts';
import { lookAt, type Places } from './update-places.ts';
import { removeOld, type StepName, steps } from './update-steps.ts';

export interface UpdateWish {
  /** A name, an id or the beginning of one. */
  readonly container: string;
  /** In place of the one that it was made of. */
  readonly image?: string;
  /** Whether it is asked of its registry, or taken as it is here. */
  readonly pull: boolean;
  /** Whether it is made anew though the image is the same. */
  readonly force: boolean;
  /** For the pull. */
  readonly pullMs: number;
  /** For coming up. */
  readonly timeoutMs: number;
  /** How long it may take to end by itself. */
  readonly graceSeconds: number;
}

export interface UpdateContext extends PullContext {
  readonly step: (name: StepName | 'pull' | 'watch' | 'removeOld' | 'putBack') => void;
}

export interface SeenContainer {
  readonly facts: ContainerFacts;
  readonly image: ImageState;
}

export interface Updated {
  readonly outcome: 'updated' | 'unchanged' | 'rolledBack';
  /** Of an update before this one that was interrupted. */
  readonly mended?: Mended;
  /** Why it was put back. */
  readonly reason?: string;
  /** As it was asked for. */
  readonly image: string;
  readonly before: SeenContainer;
  readonly after: SeenContainer;
}

export type Mended = 'finished' | 'putBack';

export interface UpdateNeeds {
  readonly engine: Pick<Engine, 'ask' | 'stream'>;
  readonly roster: Pick<Roster, 'list' | 'find' | 'recheck'>;
  readonly clock: Clock;
  readonly lock: ChangeLock;
  /** Why a container is not to be changed. */
  readonly protection: (of: ContainerFacts) => string | undefined;
}

type Way = Pick<UpdateWish, 'timeoutMs' | 'graceSeconds'>;

export const openUpdate =
  (needs: UpdateNeeds) =>
  async (wish: UpdateWish, context: UpdateContext, reach: Reach): Promise<Updated> => {
    const base = await nameMeant(wish.container, needs.roster, reach);
    return needs.lock.hold(base, () => update(base, wish, needs, { ...context, reach }));
  };

/** Whatever has a part in an update stands for the name that it is about. */
const underItsName = (one: ContainerFacts): ContainerFacts => ({ ...one, name: baseOf(one.name) });

/** Also where an interrupted update left nothing under the name itself. */
async function nameMeant(wanted: string, roster: UpdateNeeds['roster'], { knows }: Reach): Promise<string> {
  const isThere = (one: ContainerFacts): boolean => knows(underItsName(one));
  const all = (await roster.list()).filter(isThere).map(underItsName);
  if (all.some(({ name }) => name === wanted)) return wanted;
  return baseOf((await roster.find(wanted, isThere)).name);
}

async function update(
  base: string,
  wish: UpdateWish,
  needs: UpdateNeeds,
  context: UpdateContext & { readonly reach: Reach },
): Promise<Updated> {
  const { engine, roster } = needs;
  const found = await lookAt(base, engine, roster);
  refuseProtected(underItsName(found.old), needs.protection, context.reach);
  const mended = await mend(found, wish, needs);
  const { old } = mended === undefined ? found : await lookAt(base, engine, roster);
  const inspected = await engine.ask('inspectContainer', { name: old.id });
  refuseUnsafe(old, inspected, await roster.list(), context.reach);
  const oldImage = await inspectImage(engine, old.imageId ?? '');
  const wanted = wish.image ?? textAt(inspected, 'Config', 'Image') ?? '';
  const { name, state: image } = await imageFor(wanted, wish, needs, context);
  const before = { facts: old, image: (await imageState(engine, old.imageId ?? '')) ?? image };
  const about = { ...(mended === undefined ? {} : { mended }), image: name, before };
  if (image.id === old.imageId && !wish.force) return { ...about, outcome: 'unchanged', after: before };
  if (oldImage === undefined) throw imageGone(base);
  context.signal.throwIfAborted();
  const recreation = recreationOf(inspected, oldImage, wish.image === undefined ? wanted : name);
  const reason = await replace(base, { ...wish, recreation }, needs, context);
  const { old: facts } = await lookAt(base, engine, roster);
  return reason === undefined
    ? { ...about, outcome: 'updated', after: { facts, image } }
    : { ...about, outcome: 'rolledBack', reason, after: { facts, image: before.image } };
}

/** The name in full and what stands behind it, pulled before where that is wanted. */
async function imageFor(
  wanted: string,
  { pull, image, pullMs }: UpdateWish,
  { engine }: UpdateNeeds,
  context: UpdateContext,
): Promise<{ readonly name: string; readonly state: ImageState }> {
  if (pull) {
    context.step('pull');
    const reference = imageReference(wanted);
    const { after } = await pullImage(engine, { image: reference, deadlineMs: pullMs }, context);
    return { name: nameOf(reference), state: after };
  }
  const name = image === undefined ? wanted : nameOf(imageReference(image));
  const state = await imageState(engine, name, context.signal);
  context.signal.throwIfAborted();
  if (state !== undefined) return { name, state };
  throw new Problem('not_found', {
    detail: `There is no image ${quote(name, 255)} here.`,
    hint: 'list_images says which there are; with `pull: true` it is asked of its registry.',
  });
}

type How = Way & { readonly recreation: Recreation };

/** From here on nothing is called off with the caller. @returns why the old one was put back */
async function replace(
  base: string,
  how: How,
  needs: UpdateNeeds,
  context: UpdateContext,
): Promise<string | undefined> {
  const failure = await attempt(base, how, needs, context);
  context.step(failure === undefined ? 'removeOld' : 'putBack');
  if (failure === undefined) {
    await finish(await lookAt(base, needs.engine, needs.roster), needs);
    return undefined;
  }
  await putBack(base, how, needs);
  if (failure.code === 'internal') throw failure;
  return failure.detail;
}

/** What went wrong on the way, if anything did. */
async function attempt(
  base: string,
  how: How,
  needs: UpdateNeeds,
  { step: tell }: UpdateContext,
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

/** @returns what was done about an update that was interrupted; undefined where none was */
async function mend(
  { base, old, made, ran }: Places,
  way: Way,
  needs: UpdateNeeds,
): Promise<Mended | undefined> {
  if (old.name === base && made === undefined) return undefined;
  const inPlace = made?.name === base ? made : undefined;
  const why = ran ? inPlace && (await whyDown(inPlace, inPlace.restarts, way, needs)) : undefined;
  if (inPlace === undefined || why !== undefined) {
    await putBack(base, way, needs);
    return 'putBack';
  }
  await finish(await lookAt(base, needs.engine, needs.roster), needs);
  return 'finished';
}

const whyDown = (
  { id }: ContainerFacts,
  restarts: number,
  { timeoutMs }: Way,
  { clock, roster }: UpdateNeeds,
): Promise<string | undefined> => whyNotUp({ clock, timeoutMs, restarts, recheck: () => roster.recheck(id) });

const nextMends = 'The next update_container of it mends what was left; look with get_container before.';

/** Undoes from the last step to the first what was done of them. */
async function putBack(base: string, way: Way, { engine, roster }: UpdateNeeds): Promise<void> {
  try {
    for (const { undo } of steps.toReversed()) await undo(engine, await lookAt(base, engine, roster), way);
  } catch (thrown) {
    throw half(
      thrown,
      `The update of ${quote(base)} failed, and the container before it is not put back yet`,
    );
  }
}

async function finish({ base, old }: Places, { engine }: UpdateNeeds): Promise<void> {
  try {
    await removeOld(engine, old);
  } catch (thrown) {
    throw half(thrown, `The new container ${quote(base)} is up; the one before it could not be removed`);
  }
}

function half(thrown: unknown, what: string): Problem {
  const { code, detail } = asProblem(thrown);
  return new Problem(code, {
    detail: `${what}: ${detail} Nothing is lost.`,
    hint: nextMends,
    cause: thrown,
  });
}

const imageGone = (base: string): Problem =>
  new Problem('container_refused', {
    detail: `The image that ${quote(base)} was made of is gone, so that what it has of it cannot be told from what was set.`,
    hint: 'The operator makes it anew, for instance by `docker compose up`.',
  });
