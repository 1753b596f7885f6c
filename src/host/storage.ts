/** The state of the storage: what is full, what is busy, and what lies on what. */

import { cleanLine } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import { asProblem, Problem } from '../base/errors.ts';
import { validNames } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { BlockDevice } from './block-devices.ts';
import type { Crew } from './crew.ts';
import { type DiskRates, type DisksCounters, diskRates, isPartition } from './disk-io.ts';
import type { FillTrend, Trend } from './fill-trend.ts';
import type { MountStatus } from './mounts.ts';
import { has, type Reading } from './reading.ts';
import type { Span } from './sampler.ts';
import { type FileSystem, fileSystem, mostUrgentFirst } from './status.ts';

export const storageSections = ['fileSystems', 'io', 'devices'] as const;
export type StorageSection = (typeof storageSections)[number];

export interface FillingFileSystem extends FileSystem {
  readonly trend?: Trend;
}

export interface DeviceIo extends DiskRates {
  readonly device: string;
  /** Requests under way when sampled. */
  readonly inFlight: number;
}

export interface MountedDevice extends BlockDevice {
  /** Where it is mounted, or `[swap]` is not told here: only file systems with a size of their own. */
  readonly mountPoints?: readonly string[];
}

/** Times are ISO 8601 in UTC. */
export interface StorageStatus {
  readonly sampledAt: string;
  /** Over which the rates were measured. */
  readonly intervalMs: number;
  /** Hung first, then the fullest. */
  readonly fileSystems?: readonly FillingFileSystem[];
  /** Why no file system, or not each, has a trend. */
  readonly noTrend?: string;
  /** Whole devices and what is built on them, the busiest first; partitions are in the figures of their disk. */
  readonly io?: readonly DeviceIo[];
  readonly devices?: readonly MountedDevice[];
  readonly unavailable: readonly { readonly section: StorageSection; readonly reason: string }[];
}

export interface StorageAsk {
  readonly sections: readonly StorageSection[];
  /** One file system alone, by its mount point. */
  readonly mountPoint?: string | undefined;
  /** One device, with what it lies on and what lies on it. */
  readonly device?: string | undefined;
}

export interface StorageNeeds {
  readonly span: Span;
  readonly mounts: readonly MountStatus[] | undefined;
  readonly trend: FillTrend;
  readonly devices: Reading<readonly BlockDevice[]>;
}

const devicesDeadlineMs = 3_000;

/** Reads nothing where nobody asks for devices. Throws nothing but `internal`: what a machine lacks is a reason. */
export async function readDevices(crew: Crew, ask: StorageAsk): Promise<Reading<readonly BlockDevice[]>> {
  if (ask.sections.every((section) => section === 'fileSystems')) return { reason: 'not asked for' };
  try {
    return { value: await crew.run('readBlockDevices', [], { deadlineMs: devicesDeadlineMs }) };
  } catch (thrown) {
    const { code, cause, detail } = asProblem(thrown);
    if (code === 'internal') throw thrown;
    return { reason: typeof cause === 'string' ? `/sys/class/block cannot be read: ${cause}` : detail };
  }
}

/** Throws `not_found` for a mount point or a device that is none. */
export function storageStatus(needs: StorageNeeds, ask: StorageAsk): StorageStatus {
  const { span } = needs;
  const unavailable: { section: StorageSection; reason: string }[] = [];
  const chosen = <T>(section: StorageSection, read: () => Reading<T>): T | undefined => {
    if (!ask.sections.includes(section)) return undefined;
    const reading = read();
    if (has(reading)) return reading.value;
    unavailable.push({ section, reason: reading.reason });
    return undefined;
  };
  const fileSystems = chosen('fileSystems', () => readFileSystems(needs, ask.mountPoint));
  const io = chosen('io', () => readIo(needs, ask.device));
  const devices = chosen('devices', () => deviceRows(needs, ask.device));
  return {
    sampledAt: isoTime(span.after.takenAtMs),
    intervalMs: Math.round(span.intervalMs),
    ...fileSystems,
    ...(io && { io }),
    ...(devices && { devices }),
    unavailable,
  };
}

function readFileSystems(
  { mounts, trend }: StorageNeeds,
  mountPoint: string | undefined,
): Reading<Pick<StorageStatus, 'fileSystems' | 'noTrend'>> {
  if (mounts === undefined) return { reason: 'the mounts have not been read yet' };
  const asked = mounts.filter(({ mount }) => mountPoint === undefined || mount.mountPoint === mountPoint);
  if (asked.length === 0 && mountPoint !== undefined) {
    const places = mounts.map(({ mount }) => mount.mountPoint);
    throw noSuch('file system is mounted at', mountPoint, places);
  }
  let noTrend: string | undefined;
  const rows = asked.map((row): FillingFileSystem => {
    const reading = row.space && trend.of(row.mount, row.space);
    if (reading === undefined || !has(reading)) noTrend ??= reading?.reason;
    return { ...fileSystem(row), ...(reading && has(reading) && { trend: reading.value }) };
  });
  return {
    value: {
      fileSystems: rows.sort(mostUrgentFirst),
      ...(noTrend !== undefined && { noTrend }),
    },
  };
}

const nameOf = (device: string): string => device.replace(/^\/dev\/(mapper\/)?/, '');

/** The names that `device` is about: itself, what it lies on, and what lies on it. */
function family(devices: readonly BlockDevice[], device: string): ReadonlySet<string> {
  const name = nameOf(device);
  const start = devices.find((one) => one.name === name || one.mapperName === name);
  if (start === undefined) {
    throw noSuch(
      'block device',
      device,
      devices.flatMap((one) => [one.name, one.mapperName ?? one.name]),
    );
  }
  const found = new Set([start.name]);
  for (const one of found)
    for (const below of devices.find(({ name }) => name === one)?.on ?? []) found.add(below);
  const above = new Set([start.name]);
  for (const one of above) for (const { name, on } of devices) if (on.includes(one)) above.add(name);
  return new Set([...found, ...above]);
}

function readIo({ span, devices }: StorageNeeds, device: string | undefined): Reading<readonly DeviceIo[]> {
  const { before, after, intervalMs } = span;
  if (!has(after.disks)) return after.disks;
  const earlier = has(before.disks) ? before.disks.value : undefined;
  const wanted = has(devices) ? wantedOf(devices.value, device) : wantedByName(after.disks.value, device);
  const rows = [...after.disks.value]
    .filter(([name]) => wanted.has(name))
    .map(
      ([name, counters]): DeviceIo => ({
        device: name,
        inFlight: counters.inFlight,
        ...diskRates(earlier?.get(name), counters, intervalMs),
      }),
    );
  const busy = (row: DeviceIo): number => row.busyPercent ?? 0;
  return { value: rows.sort((a, b) => busy(b) - busy(a)) };
}

const wantedOf = (devices: readonly BlockDevice[], device: string | undefined): ReadonlySet<string> =>
  device === undefined
    ? new Set(devices.filter(({ kind }) => kind !== 'partition').map(({ name }) => name))
    : family(devices, device);

/** Where sysfs shows no devices: the one of that name, or those that did something and are no partition. */
function wantedByName(disks: DisksCounters, device: string | undefined): ReadonlySet<string> {
  if (device === undefined) {
    const used = [...disks].filter(
      ([name, { reads, writes }]) => reads + writes > 0 && !isPartition(name, disks),
    );
    return new Set(used.map(([name]) => name));
  }
  const name = nameOf(device);
  if (!disks.has(name)) throw noSuch('block device', device, [...disks.keys()]);
  return new Set([name]);
}

function deviceRows(
  { devices, mounts = [] }: StorageNeeds,
  device: string | undefined,
): Reading<readonly MountedDevice[]> {
  if (!has(devices)) return devices;
  const asked = device === undefined ? undefined : family(devices.value, device);
  const rows = devices.value.filter(({ name }) => asked?.has(name) ?? true);
  return {
    value: rows.map((one) => {
      const mountPoints = mounts
        // btrfs and its kin make up a number for each file system.
        .filter(({ mount }) => mount.deviceNumber === one.number || isNamed(one, mount.device))
        .map(({ mount }) => mount.mountPoint);
      return mountPoints.length === 0 ? one : { ...one, mountPoints };
    }),
  };
}

const isNamed = ({ name, mapperName }: BlockDevice, device: string): boolean =>
  device === `/dev/${name}` || (mapperName !== undefined && device === `/dev/mapper/${mapperName}`);

/** @param names as the machine has them */
const noSuch = (what: string, asked: string, names: readonly string[]): Problem =>
  new Problem('not_found', {
    detail: `No ${what} ${quote(asked)}.`,
    hint: validNames(
      asked,
      [...new Set(names)].map((name) => cleanLine(name, 255)),
    ),
  });
