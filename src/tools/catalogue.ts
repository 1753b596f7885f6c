/** Every tool there is, written out. */

import { getNetworkStatus } from './read/network-status.ts';
import { getProcess } from './read/process.ts';
import { listProcesses } from './read/processes.ts';
import { getSystemStatus } from './read/system-status.ts';
import { whoami } from './read/whoami.ts';
import type { Tool } from './tool.ts';

export const catalogue: readonly Tool[] = Object.freeze([
  getSystemStatus,
  getNetworkStatus,
  listProcesses,
  getProcess,
  whoami,
] as Tool[]);
