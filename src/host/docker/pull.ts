/** Pulling an image: the engine does it for as long as somebody listens to how far it is. */

import type { Readable } from 'node:stream';
import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { Engine } from './engine.ts';
import { Refusal } from './engine-problems.ts';
import { ended } from './events.ts';
import { type ImageReference, nameOf } from './image-reference.ts';
import { type ImageState, imageState } from './image-state.ts';
import { pullProblem } from './pull-problems.ts';
import { openPullReader, type PullProgress } from './pull-progress.ts';
import { linesOf } from './stream-lines.ts';

export interface PullWish {
  readonly image: ImageReference;
  /** Such as `linux/arm64`; the engine's own where it is absent. */
  readonly platform?: string;
  /** For all of it. */
  readonly deadlineMs: number;
}

export interface PullContext {
  /** Ends the pull at the engine too. */
  readonly signal: AbortSignal;
  readonly progress: (progress: PullProgress) => void;
}

export interface Pulled {
  /** Absent where no image had that name. */
  readonly before?: ImageState;
  readonly after: ImageState;
  readonly changed: boolean;
  readonly layers: number;
  readonly downloadedBytes: number;
}

/** A registry begins to answer within this time, and the engine says something at least so often. */
const silenceMs = 120_000;

/**
 * Throws `not_found` for what the registry has not or not for the platform, `permission_denied` where it asks for a login,
 * `deadline_exceeded`, `unavailable`, and what the signal was aborted with. What was there before stays as it was.
 */
export async function pullImage(
  engine: Pick<Engine, 'ask' | 'stream'>,
  wish: PullWish,
  context: PullContext,
): Promise<Pulled> {
  const { image } = wish;
  const before = await imageState(engine, nameOf(image), context.signal);
  const read = await follow(engine, wish, context);
  const after = await imageState(engine, nameOf(image), context.signal);
  if (after === undefined) throw pullProblem(image, 'it is not there after it was pulled');
  return {
    ...(before === undefined ? {} : { before }),
    after,
    changed: before?.id !== after.id,
    layers: read.total,
    downloadedBytes: read.downloadedBytes,
  };
}

async function follow(
  engine: Pick<Engine, 'stream'>,
  { image, platform, deadlineMs }: PullWish,
  { signal: outer, progress }: PullContext,
) {
  const reader = openPullReader();
  const silent = new AbortController();
  const signal = AbortSignal.any([outer, silent.signal]);
  const deadline = setTimeout(() => silent.abort(tooSlow(image, deadlineMs)), deadlineMs);
  const silence = setTimeout(() => silent.abort(stalled(image)), silenceMs);
  try {
    const lines = await begin(engine, image, platform, signal);
    for await (const line of linesOf(lines, signal)) {
      silence.refresh();
      const told = reader.take(line);
      if (told !== undefined) progress(told);
    }
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw refused(image, thrown);
  } finally {
    clearTimeout(deadline);
    clearTimeout(silence);
  }
  const failure = reader.failure();
  if (failure !== undefined) throw pullProblem(image, failure);
  return reader.layers();
}

const begin = (
  engine: Pick<Engine, 'stream'>,
  { repository, wanted }: ImageReference,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<Readable> =>
  engine.stream('pullImage', {
    query: {
      fromImage: repository,
      tag: 'digest' in wanted ? wanted.digest : wanted.tag,
      ...(platform === undefined ? {} : { platform }),
    },
    signal,
    deadlineMs: silenceMs + 5_000,
  });

/** What a registry said comes as a refusal where the pull had not begun. */
function refused(image: ImageReference, thrown: unknown): Problem {
  if (!(thrown instanceof Problem)) return ended(thrown);
  return thrown.cause instanceof Refusal ? pullProblem(image, thrown.cause.said) : thrown;
}

const unchanged =
  'The pull was ended; the image that was there is as it was, and what was downloaded may be kept.';

const tooSlow = (image: ImageReference, deadlineMs: number): Problem =>
  new Problem('deadline_exceeded', {
    detail: `${quote(nameOf(image), 255)} was not pulled within ${deadlineMs / 1000} s. ${unchanged}`,
    hint: 'Try again with a longer `timeoutSeconds`.',
  });

const stalled = (image: ImageReference): Problem =>
  new Problem('deadline_exceeded', {
    detail: `Nothing came of ${quote(nameOf(image), 255)} for ${silenceMs / 1000} s. ${unchanged}`,
    hint: 'Try again later.',
  });
