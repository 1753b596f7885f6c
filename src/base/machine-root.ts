/**
 * Where the machine's own files are. Every reader takes its paths from here, so that a frozen machine in a
 * folder can stand in for the real one, and a sandbox can show the host's /sys elsewhere.
 */

import { join } from 'node:path';

export interface MachineRoot {
  /** proc(5). */
  readonly proc: string;
  /** sysfs(5); another folder where a sandbox hides the host's own. */
  readonly sys: string;
  /** The root folder under which /etc and the mount points stand. */
  readonly root: string;
  /** True for the machine this process runs on, false for one frozen in a folder. */
  readonly live: boolean;
}

/** The machine this process runs on; `sys` may be bound elsewhere. */
export const liveMachine = (sys = '/sys'): MachineRoot =>
  Object.freeze({ proc: '/proc', sys, root: '/', live: true });

/** A machine frozen in a folder that holds `proc`, `sys` and `etc`. */
export const frozenMachine = (folder: string): MachineRoot =>
  Object.freeze({ proc: join(folder, 'proc'), sys: join(folder, 'sys'), root: folder, live: false });
