/** What goes through the block devices, from /proc/diskstats (kernel: Documentation/admin-guide/iostats.rst). */

import { known, percentOf, perSecond, tenth } from './rate.ts';

/** Since the device is there. */
export interface DiskCounters {
  /** Requests that were completed, merged ones counted once. */
  readonly reads: number;
  readonly writes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Milliseconds that all requests together took, from queueing to completion. */
  readonly readingMs: number;
  readonly writingMs: number;
  /** Requests under way at this moment. */
  readonly inFlight: number;
  /** Milliseconds in which at least one request was under way. */
  readonly busyMs: number;
  /** The same, times the requests that were under way. */
  readonly weightedMs: number;
}

/** By the kernel's name of the device, e.g. `sda`, `sda1`, `dm-0`. */
export type DisksCounters = ReadonlyMap<string, DiskCounters>;

/** A member is absent where it cannot be known: the device is new, or its counter wrapped or began anew. */
export interface DiskRates {
  readonly readBytesPerSecond?: number;
  readonly writtenBytesPerSecond?: number;
  readonly readsPerSecond?: number;
  readonly writesPerSecond?: number;
  /** Mean time of the requests that were completed; absent where there were none. */
  readonly readLatencyMs?: number;
  readonly writeLatencyMs?: number;
  /** Share of the time in which the device had work; one that serves requests side by side may have room at 100. */
  readonly busyPercent?: number;
  /** Requests under way, on average. */
  readonly queueDepth?: number;
}

/** The kernel counts in sectors of this size, whatever the device's own. */
const sectorBytes = 512;

/** Undefined for a text without any device. */
export function parseDisks(text: string): DisksCounters | undefined {
  const disks = new Map<string, DiskCounters>();
  for (const line of text.split('\n')) {
    const [, , name, ...fields] = line.trim().split(/\s+/);
    // Partitions had four fields before 2.6.25; later kernels add fields at the end.
    if (name === undefined || fields.length < 11) continue;
    const [
      reads,
      ,
      readSectors,
      readingMs,
      writes,
      ,
      writtenSectors,
      writingMs,
      inFlight,
      busyMs,
      weightedMs,
    ] = fields.map(Number);
    disks.set(name, {
      reads: reads ?? 0,
      writes: writes ?? 0,
      readBytes: (readSectors ?? 0) * sectorBytes,
      writtenBytes: (writtenSectors ?? 0) * sectorBytes,
      readingMs: readingMs ?? 0,
      writingMs: writingMs ?? 0,
      inFlight: inFlight ?? 0,
      busyMs: busyMs ?? 0,
      weightedMs: weightedMs ?? 0,
    });
  }
  return disks.size === 0 ? undefined : disks;
}

/** The kernel calls a partition by its disk and a number, with a `p` between where the disk's name ends in a digit. */
export function isPartition(name: string, disks: DisksCounters): boolean {
  const [, disk] = /^(.*?\d)p\d+$/.exec(name) ?? /^(.*?\D)\d+$/.exec(name) ?? [];
  return disk !== undefined && disks.has(disk);
}

export function diskRates(
  before: DiskCounters | undefined,
  after: DiskCounters,
  intervalMs: number,
): DiskRates {
  const rate = (counter: keyof DiskCounters) => perSecond(before?.[counter], after[counter], intervalMs);
  const busy = rate('busyMs');
  const queued = rate('weightedMs');
  return known({
    readBytesPerSecond: rate('readBytes'),
    writtenBytesPerSecond: rate('writtenBytes'),
    readsPerSecond: rate('reads'),
    writesPerSecond: rate('writes'),
    readLatencyMs: mean(before, after, 'readingMs', 'reads'),
    writeLatencyMs: mean(before, after, 'writingMs', 'writes'),
    // The kernel ends a busy stretch when it looks at it: two readings may lie a little more apart than the clock.
    busyPercent: busy === undefined ? undefined : Math.min(100, percentOf(busy, 1000) ?? 0),
    queueDepth: queued === undefined ? undefined : tenth(queued / 1000),
  });
}

function mean(
  before: DiskCounters | undefined,
  after: DiskCounters,
  time: 'readingMs' | 'writingMs',
  requests: 'reads' | 'writes',
): number | undefined {
  if (before === undefined) return undefined;
  const [ms, count] = [after[time] - before[time], after[requests] - before[requests]];
  return ms < 0 || count <= 0 ? undefined : tenth(ms / count);
}
