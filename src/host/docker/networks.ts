/** The networks of the engine, and which containers are in them. */

import { cleanLine } from '../../base/clean-text.ts';
import { known } from '../rate.ts';
import { type ContainerFacts, projectLabel } from './container-facts.ts';
import { listAt, textAt, timeAt, truthAt } from './fields.ts';

export interface NetworkFacts {
  readonly id: string;
  readonly name: string;
  /** bridge, host, null, overlay, macvlan … */
  readonly driver: string;
  readonly scope: string;
  /** CIDR. */
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  /** Without a way out of this host. */
  readonly internal: boolean;
  readonly createdAt?: string;
  readonly project?: string;
  /** By name, running or not. */
  readonly usedBy: readonly string[];
}

/** The three that every engine has, used or not. */
const ownNames = new Set(['bridge', 'host', 'none']);

export const isUnused = ({ name, usedBy }: NetworkFacts): boolean =>
  usedBy.length === 0 && !ownNames.has(name);

/** By name. @param answer what the engine lists */
export function networkFacts(answer: unknown, containers: readonly ContainerFacts[]): NetworkFacts[] {
  return (Array.isArray(answer) ? answer : [])
    .flatMap((network: unknown): NetworkFacts[] => {
      const id = textAt(network, 'Id');
      const name = cleanLine(textAt(network, 'Name') ?? '', 255);
      if (id === undefined) return [];
      const pools = listAt(network, 'IPAM', 'Config');
      const each = (member: string): string[] => pools.flatMap((pool) => textAt(pool, member) ?? []);
      return [
        {
          ...{ id, name },
          driver: cleanLine(textAt(network, 'Driver') ?? '', 64),
          scope: cleanLine(textAt(network, 'Scope') ?? '', 64),
          subnets: each('Subnet').map((subnet) => cleanLine(subnet, 64)),
          gateways: each('Gateway').map((gateway) => cleanLine(gateway, 64)),
          internal: truthAt(network, 'Internal'),
          ...known({
            createdAt: timeAt(network, 'Created'),
            project: textAt(network, 'Labels', projectLabel),
          }),
          usedBy: containers.filter(({ networks }) => networks.includes(name)).map((one) => one.name),
        },
      ];
    })
    .sort((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1));
}
