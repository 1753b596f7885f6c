/** Every tool there is, written out. */

import { getMetricsHistory } from './read/metrics-history.ts';
import { getNetworkStatus } from './read/network-status.ts';
import { getSystemStatus } from './read/system-status.ts';
import { whoami } from './read/whoami.ts';
import type { Tool } from './tool.ts';

export const catalogue: readonly Tool[] = Object.freeze([
  getSystemStatus,
  getNetworkStatus,
  getMetricsHistory,
  whoami,
] as Tool[]);
