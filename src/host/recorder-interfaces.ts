/** Which network interfaces the recorder adds up: those with hardware beneath, so that no byte counts twice. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';

/** Names that the kernel's and the containers' drivers give to what is built on other interfaces. */
const builtOnOthers =
  /^(lo$|veth|docker|br-|br\d|virbr|vnet|cni|flannel|cali|tun|tap|wg|bond|team|dummy|ifb)|[.:]/;

/**
 * A name counts when sysfs shows a `device` for it. Where sysfs shows none at all, as in a container or under a
 * sandbox, its name decides.
 */
export function openCounted(machine: MachineRoot): (names: Iterable<string>) => (name: string) => boolean {
  return (names) => {
    const hardware = new Set(
      [...names].filter((name) => existsSync(join(machine.sys, 'class/net', name, 'device'))),
    );
    return hardware.size > 0 ? (name) => hardware.has(name) : (name) => !builtOnOthers.test(name);
  };
}
