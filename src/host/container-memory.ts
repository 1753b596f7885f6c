/**
 * The memory limit of the container that the daemon runs in: that of the cgroup which is the root here. The true root
 * has none (kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
 */

import type { MachineRoot } from '../base/machine-root.ts';
import { parseLimit } from './cgroup-limits.ts';
import { textOf } from './machine-facts.ts';
import { percentOf } from './rate.ts';
import { keyed, parseNumber } from './unit-resources.ts';

/** Bytes. */
export interface ContainerMemory {
  readonly limitBytes: number;
  /** Without the page cache that could be dropped first. */
  readonly usedBytes: number;
  readonly usedPercent: number;
}

interface Files {
  readonly folder: string;
  readonly limit: string;
  readonly used: string;
  /** In memory.stat: page cache that was not used for a while. */
  readonly droppable: string;
}

const versions: readonly Files[] = [
  { folder: '', limit: 'memory.max', used: 'memory.current', droppable: 'inactive_file' },
  {
    folder: 'memory',
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    droppable: 'total_inactive_file',
  },
];

/** Looks once which files there are; the result reads them, and says undefined where nothing limits. */
export function openContainerMemory({ sys }: MachineRoot): () => ContainerMemory | undefined {
  const textIn = (folder: string, name: string) => textOf(sys, 'fs/cgroup', folder, name);
  const files = versions.find(({ folder, limit }) => textIn(folder, limit) !== undefined);
  if (files === undefined) return () => undefined;
  const file = (name: string) => textIn(files.folder, name);
  return () => {
    const limitBytes = parseLimit(file(files.limit) ?? '');
    const used = parseNumber(file(files.used));
    if (limitBytes === undefined || used === undefined) return undefined;
    const usedBytes = Math.max(0, used - (keyed(file('memory.stat'), files.droppable) ?? 0));
    return { limitBytes, usedBytes, usedPercent: percentOf(usedBytes, limitBytes) ?? 0 };
  };
}
