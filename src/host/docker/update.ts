/** Having a container on a newer image: all that it was made with stays, and what does not come up is put back. */

import { asProblem, Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { ChangeLock } from './change-lock.ts';
import type { ContainerFacts } from './container-facts.ts';
import type { Engine } from './engine.ts';
import { textAt } from './fields.ts';
import { imageReference, nameOf } from './image-reference.ts';
import { type ImageState, imageState, inspectImage } from './image-state.ts';
import { refuseProtected } from './manage.ts';
import { type PullContext, pullImage } from './pull.ts';
import type { Reach } from './reach.ts';
import { recreationOf } from './recreation.ts';
import type { Roster } from './roster.ts';
import { baseOf } from './update-names.ts';
import { refuseUnsafe } from './update-obstacles.ts';
import { lookAt } from './update-places.ts';
import type { StepName } from './update-steps.ts';
import { finish, goForward, type Mended, mend, putBack, type WalkNeeds, type Way } from './update-walk.ts';

export interface UpdateWish extends Way {
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
  /** Of the log of the one that did not come up, without secrets; for those who may see it. */
  readonly lastLines?: readonly string[];
  /** As it was asked for. */
  readonly image: string;
  readonly before: SeenContainer;
  readonly after: SeenContainer;
}

export interface UpdateNeeds extends WalkNeeds {
  readonly engine: Pick<Engine, 'ask' | 'stream'>;
  readonly roster: Pick<Roster, 'list' | 'find' | 'recheck'>;
  readonly lock: ChangeLock;
  /** Why a container is not to be changed. */
  readonly protection: (of: ContainerFacts) => string | undefined;
  /** Of its log, without secrets; none where it cannot be read. */
  readonly lastLines: (of: ContainerFacts) => Promise<readonly string[]>;
}

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

type Asked = UpdateContext & { readonly reach: Reach };

async function update(base: string, wish: UpdateWish, needs: UpdateNeeds, asked: Asked): Promise<Updated> {
  const { engine, roster } = needs;
  const found = await lookAt(base, engine, roster);
  refuseProtected(underItsName(found.old), needs.protection, asked.reach);
  const mended = await mend(found, wish, needs);
  if (mended === undefined) return renew(found.old, wish, needs, asked);
  try {
    const { old } = await lookAt(base, engine, roster);
    return { ...(await renew(old, wish, needs, asked)), mended };
  } catch (thrown) {
    throw alsoMended(thrown, base, mended);
  }
}

async function renew(
  old: ContainerFacts,
  wish: UpdateWish,
  needs: UpdateNeeds,
  asked: Asked,
): Promise<Updated> {
  const { engine, roster } = needs;
  const base = old.name;
  const inspected = await engine.ask('inspectContainer', { name: old.id });
  refuseUnsafe(old, inspected, await roster.list(), asked.reach);
  const oldImage = await inspectImage(engine, old.imageId ?? '');
  const wanted = wish.image ?? textAt(inspected, 'Config', 'Image') ?? '';
  const { name, state: image } = await imageFor(wanted, wish, needs, asked);
  const before = { facts: old, image: (await imageState(engine, old.imageId ?? '')) ?? image };
  const about = { image: name, before };
  if (image.id === old.imageId && !wish.force) return { ...about, outcome: 'unchanged', after: before };
  if (oldImage === undefined) throw imageGone(base);
  asked.signal.throwIfAborted();
  const recreation = recreationOf(inspected, oldImage, wish.image === undefined ? wanted : name);
  const replaced = await replace(base, { ...wish, recreation }, needs, asked);
  const { old: facts } = await lookAt(base, engine, roster);
  return replaced.reason === undefined
    ? { ...about, outcome: 'updated', after: { facts, image } }
    : { ...about, ...replaced, outcome: 'rolledBack', after: { facts, image: before.image } };
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

interface Replaced {
  /** Why the old one was put back; absent where the new one is up. */
  readonly reason?: string;
  readonly lastLines?: readonly string[];
}

/** From here on nothing is called off with the caller. */
async function replace(
  base: string,
  how: Parameters<typeof goForward>[1],
  needs: UpdateNeeds,
  { step, reach }: Asked,
): Promise<Replaced> {
  const failure = await goForward(base, how, needs, step);
  if (failure === undefined) {
    step('removeOld');
    await finish(base, needs);
    return {};
  }
  // With the container its log goes too.
  const { made } = await lookAt(base, needs.engine, needs.roster).catch(() => ({ made: undefined }));
  const lines = made !== undefined && reach.sees(underItsName(made)) ? await needs.lastLines(made) : [];
  step('putBack');
  await putBack(base, how, needs);
  if (failure.code === 'internal') throw failure;
  return { reason: failure.detail, ...(lines.length > 0 && { lastLines: lines }) };
}

/** What was mended must be known, whatever came of the rest. */
function alsoMended(thrown: unknown, base: string, mended: Mended): Problem {
  const { code, detail, hint, cause } = asProblem(thrown);
  const done = mended === 'finished' ? 'was finished' : 'was undone: the container before it is in its place';
  return new Problem(code, {
    detail: `${detail} Before, an interrupted update of ${quote(base)} ${done}.`,
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}

const imageGone = (base: string): Problem =>
  new Problem('container_refused', {
    detail: `The image that ${quote(base)} was made of is gone, so that what it has of it cannot be told from what was set.`,
    hint: 'The operator makes it anew, for instance by `docker compose up`.',
  });
