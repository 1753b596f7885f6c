/**
 * The block devices and how they are built on one another, from sysfs (kernel: Documentation/ABI/stable/sysfs-block,
 * testing/sysfs-block-dm, admin-guide/md.rst). A device may take its time to answer: for the worker.
 */

import { readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cleanLine } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { known, tenth } from './rate.ts';

export const deviceKinds = [
  'disk',
  'partition',
  'lvm',
  'crypt',
  'multipath',
  'dm',
  'raid',
  'loop',
  'rom',
  'zram',
] as const;
export type DeviceKind = (typeof deviceKinds)[number];

export interface BlockDevice {
  /** The kernel's name, e.g. `nvme0n1p2`. */
  readonly name: string;
  /** `major:minor`. */
  readonly number: string;
  readonly kind: DeviceKind;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** What it lies on: the disk of a partition, the members of an array or a volume. */
  readonly on: readonly string[];
  /** The name under /dev/mapper of a device-mapper device. */
  readonly mapperName?: string;
  readonly model?: string;
  /** Whether it turns; of a disk alone, as the two below. */
  readonly rotational?: boolean;
  readonly removable?: boolean;
  /** The I/O scheduler in use. */
  readonly scheduler?: string;
  /** Of a loop device. */
  readonly backingFile?: string;
  readonly array?: Raid;
}

/** A software RAID (md). */
export interface Raid {
  /** raid0, raid1, raid5, … */
  readonly level: string;
  /** md.rst, array_state: clean, active, readonly, inactive, … */
  readonly state: string;
  /** How many members it is made for, and how many of those are missing. */
  readonly members: number;
  readonly missingMembers: number;
  /** idle, resync, recover, check, repair, reshape, frozen. */
  readonly syncAction?: string;
  /** How far that has come. */
  readonly syncPercent?: number;
}

const sectorBytes = 512;
const longestText = 255;

/** Those with a size, in the order of their names: an unbound loop device or an empty drive has none. */
export function readBlockDevices(machine: MachineRoot): readonly BlockDevice[] {
  const folder = join(machine.sys, 'class/block');
  return readdirSync(folder)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap((name) => readDevice(join(folder, name), name) ?? []);
}

function readDevice(link: string, name: string): BlockDevice | undefined {
  const attribute = (path: string): string | undefined => textOf(link, path)?.trim() || undefined;
  const sizeBytes = Number(attribute('size')) * sectorBytes;
  const number = attribute('dev');
  // Memory that plays a disk (ram0 …) is always there and never used without being mounted.
  if (!(sizeBytes > 0) || number === undefined || /^ram\d/.test(name)) return undefined;
  const isPartition = attribute('partition') !== undefined;
  const mapperName = attribute('dm/name');
  const kind = kindOf(name, isPartition, attribute('dm/uuid'));
  const words = (text: string | undefined) => (text === undefined ? undefined : cleanLine(text, longestText));
  const isDisk = kind === 'disk' || kind === 'rom';
  return {
    name: cleanLine(name, longestText),
    number,
    kind,
    sizeBytes,
    readOnly: attribute('ro') === '1',
    on: isPartition ? [basename(dirname(realpathSync(link)))] : namesIn(join(link, 'slaves')),
    ...known({
      mapperName: words(mapperName),
      model: isDisk ? words(modelOf(attribute('device/vendor'), attribute('device/model'))) : undefined,
      rotational: isDisk ? flagOf(attribute('queue/rotational')) : undefined,
      removable: isDisk ? flagOf(attribute('removable')) : undefined,
      scheduler: isDisk ? schedulerOf(attribute('queue/scheduler')) : undefined,
      backingFile: words(attribute('loop/backing_file')),
      array: kind === 'raid' ? raidOf(attribute) : undefined,
    }),
  };
}

/** The makers of device-mapper devices begin their uuid with their own name. */
const mapperKinds: Readonly<Record<string, DeviceKind>> = { LVM: 'lvm', CRYPT: 'crypt', mpath: 'multipath' };

function kindOf(name: string, isPartition: boolean, mapperUuid: string | undefined): DeviceKind {
  if (isPartition) return 'partition';
  if (name.startsWith('dm-')) return mapperKinds[/^[A-Za-z]+/.exec(mapperUuid ?? '')?.[0] ?? ''] ?? 'dm';
  if (/^md/.test(name)) return 'raid';
  if (/^loop\d/.test(name)) return 'loop';
  if (/^sr\d/.test(name)) return 'rom';
  if (/^zram\d/.test(name)) return 'zram';
  return 'disk';
}

/** Virtio shows a number as its vendor, and ATA the name of the bus. */
const modelOf = (vendor: string | undefined, model: string | undefined): string | undefined =>
  model === undefined || vendor === undefined || /^(0x|ATA$)/.test(vendor) ? model : `${vendor} ${model}`;

const flagOf = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : text === '1';

/** `none [mq-deadline] bfq`: the one in brackets is in use. */
const schedulerOf = (text: string | undefined): string | undefined => /\[([\w-]+)\]/.exec(text ?? '')?.[1];

function raidOf(attribute: (path: string) => string | undefined): Raid | undefined {
  const level = attribute('md/level');
  const state = attribute('md/array_state');
  if (level === undefined || state === undefined) return undefined;
  const syncAction = attribute('md/sync_action');
  return {
    level: cleanLine(level, 32),
    state: cleanLine(state, 32),
    members: Number(attribute('md/raid_disks') ?? 0) || 0,
    missingMembers: Number(attribute('md/degraded') ?? 0) || 0,
    ...known({
      syncAction: syncAction === undefined ? undefined : cleanLine(syncAction, 32),
      syncPercent: syncPercentOf(attribute('md/sync_completed')),
    }),
  };
}

/** `SECTORS / SECTORS`, or `none`. */
function syncPercentOf(text: string | undefined): number | undefined {
  const [, done, all] = /^(\d+) \/ (\d+)$/.exec(text ?? '') ?? [];
  return done === undefined || Number(all) === 0 ? undefined : tenth((Number(done) / Number(all)) * 100);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
