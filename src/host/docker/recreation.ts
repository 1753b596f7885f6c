/** Everything that must be asked of the engine to have a container a second time, on another image. */

import { at, entriesAt, listAt, textAt, textsAt } from './fields.ts';
import { recreatedConfig } from './recreated-config.ts';
import { type RecreatedNetworks, recreatedNetworks } from './recreated-networks.ts';

export interface Recreation extends Pick<RecreatedNetworks, 'connect' | 'disconnect'> {
  /** Of the call that creates it. */
  readonly body: object;
}

/**
 * @param inspected the container
 * @param oldImage what the engine says of the image that it was made of
 * @param image the name of the new one
 */
export function recreationOf(inspected: unknown, oldImage: unknown, image: string): Recreation {
  const { endpoints, connect, disconnect } = recreatedNetworks(inspected);
  const mode = textAt(inspected, 'HostConfig', 'NetworkMode') ?? '';
  return {
    body: {
      ...recreatedConfig(at(inspected, 'Config'), at(oldImage, 'Config')),
      ...hostnameOf(inspected, mode),
      ...(mode.startsWith('container:') && { ExposedPorts: undefined, MacAddress: undefined }),
      Image: image,
      HostConfig: {
        ...Object.fromEntries(entriesAt(inspected, 'HostConfig')),
        Links: linksOf(inspected),
        Mounts: mountsOf(inspected),
      },
      NetworkingConfig: { EndpointsConfig: endpoints },
    },
    connect,
    disconnect,
  };
}

/** Where nobody set a name it is the beginning of the id, or that of whoever's network or names it shares. */
function hostnameOf(inspected: unknown, mode: string): object {
  const own = textAt(inspected, 'Config', 'Hostname') ?? '';
  const shared = mode.startsWith('container:') || textAt(inspected, 'HostConfig', 'UTSMode') === 'host';
  const id = textAt(inspected, 'Id') ?? '';
  if (shared) return { Hostname: undefined, Domainname: undefined };
  return own !== '' && id.startsWith(own) ? { Hostname: undefined } : {};
}

/** Said as `/db:/web/alias`, taken as `db:alias`. */
const linksOf = (inspected: unknown): readonly string[] =>
  textsAt(inspected, 'HostConfig', 'Links').map((link) => {
    const [other = '', own = ''] = link.split(':');
    return `${other.replace(/^\//, '')}:${own.replace(/^.*\//, '')}`;
  });

/** With the volumes that nobody named: by their names, or their data would stay behind. */
function mountsOf(inspected: unknown): readonly unknown[] {
  const volumes = new Map(
    listAt(inspected, 'Mounts').flatMap((mount) => {
      const name = textAt(mount, 'Type') === 'volume' ? textAt(mount, 'Name') : undefined;
      return name === undefined ? [] : [[textAt(mount, 'Destination') ?? '', { mount, name }] as const];
    }),
  );
  const asked = listAt(inspected, 'HostConfig', 'Mounts').map((mount) => {
    const volume = volumes.get(placeOf(textAt(mount, 'Target')));
    return volume === undefined ? mount : { ...(mount as object), Source: volume.name };
  });
  const taken = new Set([
    ...listAt(inspected, 'HostConfig', 'Mounts').map((mount) => placeOf(textAt(mount, 'Target'))),
    ...textsAt(inspected, 'HostConfig', 'Binds').map((bind) => placeOf(bind.split(':')[1])),
  ]);
  const unnamed = [...volumes]
    .filter(([place]) => !taken.has(place))
    .map(([place, { mount, name }]) => ({
      ...{ Type: 'volume', Source: name, Target: place, ReadOnly: at(mount, 'RW') === false },
      VolumeOptions: { NoCopy: true },
    }));
  return [...asked, ...unnamed];
}

const placeOf = (path = ''): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);
