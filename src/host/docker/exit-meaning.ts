/** What the exit code of a container means, by the custom of Docker and of shells. */

import { constants } from 'node:os';

const codes: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'a general failure',
  2: 'invalid arguments, by the custom of many programs',
  125: 'Docker itself could not run it',
  126: 'the command could not be executed: no permission, or for another architecture',
  127: 'the command was not found in the image, or its interpreter or an option of Docker was wrong',
};

const signals: Readonly<Record<string, string>> = {
  SIGKILL: 'by hand, by the engine when it did not stop in time, or by the OOM killer',
  SIGTERM: 'it was asked to stop and ended without handling it',
  SIGINT: 'it was interrupted',
  SIGSEGV: 'it crashed on an invalid memory access',
  SIGABRT: 'it aborted itself',
  SIGBUS: 'it crashed on memory that could not be accessed',
  SIGILL: 'it crashed on an instruction that this CPU does not have',
  SIGSYS: 'it made a system call that its seccomp profile forbids',
};

const nameOf = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;

/** @param oomKilled whether the kernel killed a process of it for want of memory */
export function exitMeaning(code: number, oomKilled: boolean): string {
  if (oomKilled && code === 137) return 'killed by the kernel: it, or the host, was out of memory';
  if (code > 128 && code <= 128 + 64) {
    const signal = nameOf(code - 128);
    const why = signals[signal];
    return `ended by ${signal}${why === undefined ? '' : `: ${why}`}`;
  }
  return codes[code] ?? "the program's own code";
}
