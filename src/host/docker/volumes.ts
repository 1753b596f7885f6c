/** The volumes of the engine, and which containers have them. */

import { cleanLine } from '../../base/clean-text.ts';
import { known } from '../rate.ts';
import { type ContainerFacts, projectLabel } from './container-facts.ts';
import { at, listAt, numberAt, textAt, timeAt } from './fields.ts';

export interface VolumeFacts {
  readonly name: string;
  readonly driver: string;
  /** Made without a name, for one container. */
  readonly anonymous: boolean;
  readonly mountPoint?: string;
  readonly createdAt?: string;
  readonly project?: string;
  /** Only where the engine has measured it. */
  readonly sizeBytes?: number;
  /** By name, running or not. */
  readonly usedBy: readonly string[];
}

const anonymousShape = /^[0-9a-f]{64}$/;
const anonymousLabel = 'com.docker.volume.anonymous';

/** By name. @param answer what the engine lists, or what it says of its disk usage */
export function volumeFacts(answer: unknown, containers: readonly ContainerFacts[]): VolumeFacts[] {
  return listAt(answer, 'Volumes')
    .flatMap((volume): VolumeFacts[] => {
      const name = textAt(volume, 'Name');
      if (name === undefined) return [];
      const mountPoint = textAt(volume, 'Mountpoint');
      const size = numberAt(volume, 'UsageData', 'Size');
      return [
        {
          name: cleanLine(name, 255),
          driver: cleanLine(textAt(volume, 'Driver') ?? '', 64),
          anonymous: anonymousShape.test(name) || at(volume, 'Labels', anonymousLabel) !== undefined,
          ...known({
            mountPoint: mountPoint === undefined ? undefined : cleanLine(mountPoint, 1024),
            createdAt: timeAt(volume, 'CreatedAt'),
            project: textAt(volume, 'Labels', projectLabel),
            sizeBytes: size !== undefined && size >= 0 ? size : undefined,
          }),
          usedBy: containers.filter(({ volumes }) => volumes.includes(name)).map((one) => one.name),
        },
      ];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
