/**
 * What the worker can be asked to do: every job by name. A job may block, so each of them is run with a deadline,
 * and it may keep what it needs from one run to the next, as long as its worker lives.
 */

import type { MachineRoot } from '../base/machine-root.ts';
import { readBlockDevices } from './block-devices.ts';
import { type ConnectionQuery, readConnections } from './connections.ts';
import { openFigures } from './docker/figures.ts';
import { readPlace } from './docker/place.ts';
import { openFileJobs } from './files/file-jobs.ts';
import { readInventory } from './inventory-reading.ts';
import { readMachineFacts } from './machine-facts.ts';
import { readMountTable } from './mount-reading.ts';
import type { Mount } from './mount-table.ts';
import { readNetworkSetup } from './network-setup.ts';
import { openProcessJobs } from './process-jobs.ts';
import { openPreparation } from './recorder-prepare.ts';
import { queryHistory } from './recorder-query.ts';
import { readSensors } from './sensors.ts';
import { readSpace } from './space.ts';
import { readUnitResources } from './unit-resources.ts';
import { readVirtualization } from './virtualization.ts';

export function openJobs(machine: MachineRoot) {
  const processes = openProcessJobs(machine);
  return {
    ...openFileJobs(machine),
    readMachineFacts: () => readMachineFacts(machine),
    readMountTable: () => readMountTable(machine),
    readSpace: (mount: Mount) => readSpace(machine, mount),
    readBlockDevices: () => readBlockDevices(machine),
    readNetworkSetup: () => readNetworkSetup(machine),
    readConnections: (query: ConnectionQuery) => readConnections(machine, query),
    readHardwareNow: () => ({ sensors: readSensors(machine), virtualization: readVirtualization(machine) }),
    readInventory: () => readInventory(machine),
    readUnitResources: (controlGroup: string) => readUnitResources(machine, controlGroup),
    readFigures: openFigures(machine),
    readPlace: (id: string, pid: number) => readPlace(machine, id, pid),
    prepareHistory: openPreparation(),
    queryHistory,
    ...processes,
  };
}

export type Jobs = ReturnType<typeof openJobs>;
export type JobName = keyof Jobs;
export type JobArguments<N extends JobName> = Parameters<Jobs[N]>;
export type JobResult<N extends JobName> = Awaited<ReturnType<Jobs[N]>>;

/** One job on its way to a worker. */
export interface JobRequest {
  readonly id: number;
  readonly name: JobName;
  readonly args: readonly unknown[];
}

/** From a worker: that it takes jobs now, or how one ended. */
export type WorkerMessage =
  | { readonly ready: true }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };
