/** What is open, by its descriptor: where it can be opened again, and in what kind of file system it lies. */

import { statfsSync } from 'node:fs';

export const placeOf = (fd: number): string => `/proc/self/fd/${fd}`;

/** statfs(2): file systems whose files are questions to the kernel: proc, sysfs, debugfs, tracefs, securityfs. */
const kernelFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x73636673,
]);

/** Whether a folder or file is in a file system of the kernel. */
export const isKernels = (fd: number): boolean => kernelFileSystems.has(statfsSync(placeOf(fd)).type);
