/** What a process read from and wrote to disks, from /proc/PID/io. */

import { known, perSecond } from './rate.ts';

export interface ProcessIo {
  /** From storage since its start, its ended children included: `read_bytes` of proc_pid_io(5). */
  readonly readBytes: number;
  /** `write_bytes`. */
  readonly writtenBytes: number;
}

/** Over the interval between two passes; a child that ends in it adds all that it ever did. */
export interface ProcessIoRates {
  readonly readBytesPerSecond?: number;
  readonly writtenBytesPerSecond?: number;
}

/** @param before of a process that began in between: nothing */
export const ioRates = (before: ProcessIo, now: ProcessIo, intervalMs: number): ProcessIoRates =>
  known({
    readBytesPerSecond: perSecond(before.readBytes, now.readBytes, intervalMs),
    writtenBytesPerSecond: perSecond(before.writtenBytes, now.writtenBytes, intervalMs),
  });

export const noIo: ProcessIo = Object.freeze({ readBytes: 0, writtenBytes: 0 });

/** The text of /proc/PID/io; undefined for anything else. */
export function parseProcessIo(text: string): ProcessIo | undefined {
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  const io = { readBytes: field('read_bytes'), writtenBytes: field('write_bytes') };
  return Number.isNaN(io.readBytes) || Number.isNaN(io.writtenBytes) ? undefined : io;
}
