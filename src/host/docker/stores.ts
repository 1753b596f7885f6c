/** What the engine keeps besides containers: images, networks and volumes, asked for when they are wanted. */

import { cleanLine } from '../../base/clean-text.ts';
import { Problem } from '../../base/errors.ts';
import { known } from '../rate.ts';
import type { ContainerFacts } from './container-facts.ts';
import type { Engine } from './engine.ts';
import { textAt } from './fields.ts';
import { type ImageFacts, imageFacts } from './images.ts';
import { type NetworkFacts, networkFacts } from './networks.ts';
import { openUsage, type Usage, usageOf } from './usage.ts';
import { type VolumeFacts, volumeFacts } from './volumes.ts';

export interface EngineUsage extends Usage {
  readonly engineVersion?: string;
  readonly storageDriver?: string;
  readonly dataFolder?: string;
}

/** Everything throws what keeps the engine from answering. */
export interface Stores {
  images(signal: AbortSignal): Promise<readonly ImageFacts[]>;
  networks(signal: AbortSignal): Promise<readonly NetworkFacts[]>;
  /** With sizes the engine measures them, which takes as long as reading every folder in them. */
  volumes(withSizes: boolean, signal: AbortSignal): Promise<readonly VolumeFacts[]>;
  /** Throws `scope_missing` for whoever sees only some containers. */
  usage(signal: AbortSignal): Promise<EngineUsage>;
}

/** Of whom: all containers that they see. */
interface Seen {
  /** Whether there are others: then only what those that are seen use is shown. */
  readonly narrowed: boolean;
  readonly containers: () => Promise<readonly ContainerFacts[]>;
}

export function openStores(engine: Pick<Engine, 'ask'>): (seen: Seen) => Stores {
  const measured = openUsage(engine);
  return ({ narrowed, containers }) => {
    const shown = <T extends { readonly usedBy: readonly string[] }>(all: readonly T[]): readonly T[] =>
      narrowed ? all.filter(({ usedBy }) => usedBy.length > 0) : all;
    return {
      async images(signal) {
        return shown(imageFacts(await engine.ask('listImages', { signal }), await containers()));
      },
      async networks(signal) {
        return shown(networkFacts(await engine.ask('listNetworks', { signal }), await containers()));
      },
      async volumes(withSizes, signal) {
        const answer = withSizes ? await measured(signal) : await engine.ask('listVolumes', { signal });
        return shown(volumeFacts(answer, await containers()));
      },
      async usage(signal) {
        if (narrowed) throw toldOfAllTogether();
        const [answer, info] = await Promise.all([measured(signal), engine.ask('info', { signal })]);
        const lineAt = (name: string, longest: number): string | undefined => {
          const said = textAt(info, name);
          return said === undefined ? undefined : cleanLine(said, longest);
        };
        return {
          ...known({
            engineVersion: lineAt('ServerVersion', 64),
            storageDriver: lineAt('Driver', 64),
            dataFolder: lineAt('DockerRootDir', 1024),
          }),
          ...usageOf(answer),
        };
      },
    };
  };
}

const toldOfAllTogether = (): Problem =>
  new Problem('scope_missing', {
    detail:
      'What Docker keeps on disk is told of all containers together, and this token sees only some of them.',
    hint: 'list_images, and list_volumes with `sizes: true`, say how large what those use is.',
  });
