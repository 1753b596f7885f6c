/** Every tool there is, written out. */

import { listDirectory } from './read/directory.ts';
import { readFile } from './read/file.ts';
import { getFileInfo } from './read/file-info.ts';
import { getNetworkStatus } from './read/network-status.ts';
import { getSystemStatus } from './read/system-status.ts';
import { whoami } from './read/whoami.ts';
import type { Tool } from './tool.ts';

export const catalogue: readonly Tool[] = Object.freeze([
  getSystemStatus,
  getNetworkStatus,
  listDirectory,
  getFileInfo,
  readFile,
  whoami,
] as Tool[]);
