/** Every tool there is, written out. */

import { manageContainer } from './change/container.ts';
import { pullImage } from './change/pull-image.ts';
import { updateContainer } from './change/update-container.ts';
import { listConnections } from './read/connections.ts';
import { getContainer } from './read/container.ts';
import { getContainerLogs } from './read/container-logs.ts';
import { getContainerStats } from './read/container-stats.ts';
import { listContainers } from './read/containers.ts';
import { listDirectory } from './read/directory.ts';
import { getDiskUsage } from './read/disk-usage.ts';
import { listDockerNetworks } from './read/docker-networks.ts';
import { getDockerUsage } from './read/docker-usage.ts';
import { readFile } from './read/file.ts';
import { getFileInfo } from './read/file-info.ts';
import { getHardware } from './read/hardware.ts';
import { listImages } from './read/images.ts';
import { getMetricsHistory } from './read/metrics-history.ts';
import { getNetworkStatus } from './read/network-status.ts';
import { getProcess } from './read/process.ts';
import { listProcesses } from './read/processes.ts';
import { queryJournal } from './read/query-journal.ts';
import { searchFiles } from './read/search-files.ts';
import { searchText } from './read/search-text.ts';
import { getStack } from './read/stack.ts';
import { getStorageStatus } from './read/storage-status.ts';
import { getSystemStatus } from './read/system-status.ts';
import { getUnit } from './read/unit.ts';
import { listUnits } from './read/units.ts';
import { listVolumes } from './read/volumes.ts';
import { whoami } from './read/whoami.ts';
import type { Tool } from './tool.ts';

export const catalogue: readonly Tool[] = Object.freeze([
  getSystemStatus,
  getStorageStatus,
  getNetworkStatus,
  listConnections,
  getHardware,
  listUnits,
  getUnit,
  getMetricsHistory,
  queryJournal,
  listProcesses,
  getProcess,
  listContainers,
  getContainer,
  getContainerLogs,
  getContainerStats,
  getStack,
  listImages,
  listDockerNetworks,
  listVolumes,
  getDockerUsage,
  manageContainer,
  updateContainer,
  pullImage,
  listDirectory,
  getFileInfo,
  readFile,
  searchFiles,
  searchText,
  getDiskUsage,
  whoami,
] as Tool[]);
