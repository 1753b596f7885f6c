/** Goes through all processes now and then and says which used the most. For the worker. */

import type { MachineRoot } from '../base/machine-root.ts';
import type { Belonging } from './cgroup.ts';
import { openIdentify } from './process-identity.ts';
import type { ProcessStat } from './process-stat.ts';
import { openProcessTable, type ProcessTable } from './process-table.ts';
import { known } from './rate.ts';

export interface ProcessRow extends Belonging {
  readonly pid: number;
  readonly name: string;
  /** The effective user's number and name. */
  readonly uid?: number;
  readonly user: string;
  /** Of one core, so it may be more than 100; absent at the first pass. */
  readonly cpuPercent?: number;
  readonly rssBytes: number;
}

export interface ProcessPass {
  readonly total: number;
  /** Between this pass and the one before; absent at the first. */
  readonly intervalMs?: number;
  /** Most CPU time first; absent at the first pass. */
  readonly byCpu?: readonly ProcessRow[];
  /** Most resident memory first. */
  readonly byMemory: readonly ProcessRow[];
}

export interface ProcessPasses {
  /** Goes through all processes, and keeps what it saw in the table. @param rows how many of each ranking */
  pass(rows: number): ProcessPass;
}

export function openProcessPasses(
  machine: MachineRoot,
  table: ProcessTable = openProcessTable(machine),
): ProcessPasses {
  return {
    pass(rows) {
      const now = table.read({ io: true });
      const use = table.use(now);
      table.keep(now);
      const processes = [...now.processes.values()];
      const identify = openIdentify(table);
      const describe = (process: ProcessStat): ProcessRow => ({
        pid: process.pid,
        name: process.name,
        ...identify(process),
        ...known({ cpuPercent: use?.percent(process) }),
        rssBytes: process.rssPages * table.units.pageBytes,
      });
      const top = (weight: (process: ProcessStat) => number): ProcessRow[] =>
        processes
          .filter((process) => weight(process) > 0)
          .sort((a, b) => weight(b) - weight(a) || a.pid - b.pid)
          .slice(0, rows)
          .map(describe);
      return {
        total: processes.length,
        byMemory: top((process) => process.rssPages),
        ...(use && {
          intervalMs: use.intervalMs,
          byCpu: top((process) => use.ticks(process) ?? 0),
        }),
      };
    },
  };
}
