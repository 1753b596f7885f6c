/** Which image stands behind a name at this moment. */

import { Problem } from '../../base/errors.ts';
import { known } from '../rate.ts';
import type { Engine } from './engine.ts';
import { numberAt, textAt, textsAt, timeAt } from './fields.ts';

export interface ImageState {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly id: string;
  /** By which the registry knows it; none for one that came from no registry. */
  readonly digest?: string;
  readonly sizeBytes: number;
  /** ISO 8601 UTC. */
  readonly createdAt?: string;
}

/** Undefined where there is none. @param image name, digest or id */
export async function imageState(
  engine: Pick<Engine, 'ask'>,
  image: string,
  signal?: AbortSignal,
): Promise<ImageState | undefined> {
  const said = await inspectImage(engine, image, signal);
  const id = textAt(said, 'Id');
  if (id === undefined) return undefined;
  const digests = textsAt(said, 'RepoDigests');
  const repository = image.replace(/@.*$|:[^:/]*$/, '');
  const own = digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0];
  return {
    id,
    sizeBytes: Math.max(0, numberAt(said, 'Size') ?? 0),
    ...known({ digest: own?.replace(/^.*@/, ''), createdAt: timeAt(said, 'Created') }),
  };
}

/** What the engine says of it; undefined where there is none. */
export async function inspectImage(
  engine: Pick<Engine, 'ask'>,
  image: string,
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    return await engine.ask('inspectImage', { name: image, ...(signal && { signal }) });
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}
