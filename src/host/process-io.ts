/** What a process read from and wrote to disks, from /proc/PID/io. */

export interface ProcessIo {
  /** From storage since its start, its ended children included: `read_bytes` of proc_pid_io(5). */
  readonly readBytes: number;
  /** `write_bytes`. */
  readonly writtenBytes: number;
}

/** The text of /proc/PID/io; undefined for anything else. */
export function parseProcessIo(text: string): ProcessIo | undefined {
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  const io = { readBytes: field('read_bytes'), writtenBytes: field('write_bytes') };
  return Number.isNaN(io.readBytes) || Number.isNaN(io.writtenBytes) ? undefined : io;
}
