/** The images of the engine, and which containers are made of them. */

import { cleanLine } from '../../base/clean-text.ts';
import { known } from '../rate.ts';
import type { ContainerFacts } from './container-facts.ts';
import { numberAt, textAt, textsAt } from './fields.ts';

export interface ImageFacts {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly id: string;
  /** `NAME:TAG`; none for one that lost its names to a newer one, which is called dangling. */
  readonly names: readonly string[];
  /** Layers that it shares with others included. */
  readonly sizeBytes: number;
  /** ISO 8601 UTC. */
  readonly createdAt?: string;
  /** By name, running or not. */
  readonly usedBy: readonly string[];
}

/** The largest first. @param answer what the engine lists */
export function imageFacts(answer: unknown, containers: readonly ContainerFacts[]): ImageFacts[] {
  return (Array.isArray(answer) ? answer : [])
    .flatMap((image: unknown): ImageFacts[] => {
      const id = textAt(image, 'Id');
      if (id === undefined) return [];
      const created = numberAt(image, 'Created') ?? 0;
      return [
        {
          id,
          names: textsAt(image, 'RepoTags')
            .filter((name) => name !== '<none>:<none>')
            .map((name) => cleanLine(name, 255)),
          sizeBytes: Math.max(0, numberAt(image, 'Size') ?? 0),
          ...known({ createdAt: created > 0 ? new Date(created * 1000).toISOString() : undefined }),
          usedBy: containers.filter(({ imageId }) => imageId === id).map(({ name }) => name),
        },
      ];
    })
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1));
}
