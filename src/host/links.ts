/**
 * The network interfaces as sysfs has them (kernel: Documentation/ABI/testing/sysfs-class-net), and how they are built
 * on one another.
 */

import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { known } from './rate.ts';

/** What sysfs says of an interface; each absent where it says nothing, as under a sandbox. */
export interface Link {
  /** RFC 2863: up, down, lowerlayerdown, dormant, testing, notpresent, unknown. */
  readonly state?: string;
  /** Bytes. */
  readonly mtu?: number;
  readonly speedMbitPerSecond?: number;
  readonly mac?: string;
  /** The bond or bridge that it is part of. */
  readonly memberOf?: string;
  /** Of a bond or a bridge. */
  readonly members?: readonly string[];
  readonly bond?: Bond;
  readonly vlan?: Vlan;
}

/** Kernel: Documentation/networking/bonding.rst. */
export interface Bond {
  /** balance-rr, active-backup, 802.3ad, … */
  readonly mode: string;
  /** The one that carries the traffic, of a mode in which one does. */
  readonly active?: string;
}

export interface Vlan {
  /** IEEE 802.1Q; absent where the kernel's table may not be read. */
  readonly id?: number;
  /** The interface on which it lies. */
  readonly parent: string;
}

/** @param vlans the text of /proc/net/vlan/config, which root alone may read; empty where there is none */
export function readLinks(machine: MachineRoot, vlans: string): Readonly<Record<string, Link>> {
  const folder = join(machine.sys, 'class/net');
  const listed = parseVlans(vlans);
  const links = namesIn(folder).map(
    (name) => [name, readLink(join(folder, name), listed.get(name))] as const,
  );
  const withMembers = links.map(([name, link]) => {
    const members = links.flatMap(([other, { memberOf }]) => (memberOf === name ? [other] : [])).sort();
    return [name, members.length === 0 ? link : { ...link, members }] as const;
  });
  return Object.fromEntries(withMembers);
}

/** The text of /proc/net/vlan/config, by the name of the VLAN's interface. */
export function parseVlans(text: string): ReadonlyMap<string, Vlan> {
  const line = /^(\S+) *\| (\d+) *\| (\S+)$/gm;
  return new Map(
    [...text.matchAll(line)].map(([, name = '', id, parent = '']) => [name, { id: Number(id), parent }]),
  );
}

function readLink(folder: string, listed: Vlan | undefined): Link {
  const attribute = (name: string): string | undefined => textOf(folder, name)?.trim() || undefined;
  const mtu = Number(attribute('mtu'));
  // -1, or an error, where there is no such thing as a speed.
  const speed = Number(attribute('speed'));
  const mac = attribute('address');
  const isVlan = listed !== undefined || /^DEVTYPE=vlan$/m.test(attribute('uevent') ?? '');
  return known({
    state: attribute('operstate'),
    mtu: mtu > 0 ? mtu : undefined,
    speedMbitPerSecond: speed > 0 ? speed : undefined,
    mac: mac === undefined || /^[0:]+$/.test(mac) ? undefined : mac,
    memberOf: masterOf(folder),
    bond: bondOf(attribute),
    vlan: isVlan ? (listed ?? vlanOf(folder)) : undefined,
  });
}

function masterOf(folder: string): string | undefined {
  try {
    return basename(readlinkSync(join(folder, 'master')));
  } catch {
    return undefined;
  }
}

/** `802.3ad 4`: the kernel's number of a mode follows its name. */
function bondOf(attribute: (name: string) => string | undefined): Bond | undefined {
  const mode = attribute('bonding/mode')?.split(' ')[0];
  return mode === undefined ? undefined : { mode, ...known({ active: attribute('bonding/active_slave') }) };
}

/** sysfs links what an interface lies on as `lower_NAME`. */
function vlanOf(folder: string): Vlan | undefined {
  const lower = namesIn(folder).find((name) => name.startsWith('lower_'));
  return lower === undefined ? undefined : { parent: lower.slice('lower_'.length) };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
