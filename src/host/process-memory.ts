/** The memory of one process in detail, from /proc/PID/status and /proc/PID/smaps_rollup. */

import { known } from './rate.ts';

/** proc_pid_status(5), in bytes. Kernel threads have none of it. */
export interface ProcessMemory {
  readonly rssBytes?: number;
  readonly anonymousBytes?: number;
  readonly fileBytes?: number;
  readonly sharedBytes?: number;
  readonly swapBytes?: number;
  readonly peakRssBytes?: number;
  readonly virtualBytes?: number;
  /** What is shared is divided among those who share it; proc_pid_smaps(5). */
  readonly pssBytes?: number;
}

/** A line `Name:   123 kB` in bytes. */
const kibOf = (text: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return found === null ? undefined : Number(found[1]) * 1024;
};

/** @param rollup the text of smaps_rollup; empty where it may not be read */
export const parseProcessMemory = (status: string, rollup: string): ProcessMemory =>
  known({
    rssBytes: kibOf(status, 'VmRSS'),
    anonymousBytes: kibOf(status, 'RssAnon'),
    fileBytes: kibOf(status, 'RssFile'),
    sharedBytes: kibOf(status, 'RssShmem'),
    swapBytes: kibOf(status, 'VmSwap'),
    peakRssBytes: kibOf(status, 'VmHWM'),
    virtualBytes: kibOf(status, 'VmSize'),
    pssBytes: kibOf(rollup, 'Pss'),
  });
