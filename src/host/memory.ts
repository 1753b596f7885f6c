/** Memory and swap, from /proc/meminfo. */

import { percentOf } from './rate.ts';

/** Bytes. `used` is what free(1) calls so: all that is not available to new work without swapping. */
export interface Memory {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly freeBytes: number;
  /** Page cache, reclaimable slab and buffers. */
  readonly cachedBytes: number;
  /** tmpfs and shared memory, which is part of the cache and cannot be dropped. */
  readonly sharedBytes: number;
  readonly usedPercent: number;
}

export interface Swap {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** Absent where there is no swap. */
  readonly usedPercent?: number;
}

export interface MemoryAndSwap {
  readonly memory: Memory;
  readonly swap: Swap;
}

/** The text of /proc/meminfo (proc(5); its `kB` are KiB); undefined when it doesn't say how much memory there is. */
export function parseMemory(text: string): MemoryAndSwap | undefined {
  const sizes = new Map<string, number>();
  for (const [, name = '', kib = ''] of text.matchAll(/^([A-Za-z0-9_()]+): +(\d+) kB$/gm)) {
    sizes.set(name, Number(kib) * 1024);
  }
  const size = (name: string): number => sizes.get(name) ?? 0;
  const total = sizes.get('MemTotal');
  if (total === undefined || total === 0) return undefined;
  const cached = size('Buffers') + size('Cached') + size('SReclaimable');
  // Before Linux 3.14 there was no MemAvailable.
  const available = Math.min(total, sizes.get('MemAvailable') ?? size('MemFree') + cached - size('Shmem'));
  const swapUsed = Math.max(0, size('SwapTotal') - size('SwapFree'));
  const swapPercent = percentOf(swapUsed, size('SwapTotal'));
  return {
    memory: {
      totalBytes: total,
      usedBytes: total - available,
      availableBytes: available,
      freeBytes: size('MemFree'),
      cachedBytes: cached,
      sharedBytes: size('Shmem'),
      usedPercent: percentOf(total - available, total) ?? 0,
    },
    swap: {
      totalBytes: size('SwapTotal'),
      usedBytes: swapUsed,
      freeBytes: size('SwapFree'),
      ...(swapPercent === undefined ? {} : { usedPercent: swapPercent }),
    },
  };
}
