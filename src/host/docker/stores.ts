/** What the engine keeps besides containers: images, networks and volumes, asked for when they are wanted. */

import { cleanLine } from '../../base/clean-text.ts';
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
  usage(signal: AbortSignal): Promise<EngineUsage>;
}

export function openStores(
  engine: Pick<Engine, 'ask'>,
  containers: () => Promise<readonly ContainerFacts[]>,
): Stores {
  const measured = openUsage(engine);
  return {
    async images(signal) {
      return imageFacts(await engine.ask('listImages', { signal }), await containers());
    },
    async networks(signal) {
      return networkFacts(await engine.ask('listNetworks', { signal }), await containers());
    },
    async volumes(withSizes, signal) {
      const answer = withSizes ? await measured(signal) : await engine.ask('listVolumes', { signal });
      return volumeFacts(answer, await containers());
    },
    async usage(signal) {
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
}
