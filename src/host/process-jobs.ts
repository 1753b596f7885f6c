/** What the worker can be asked about processes: all jobs share one table and one memory of command lines. */

import type { MachineRoot } from '../base/machine-root.ts';
import { openCommandLines } from './command-line.ts';
import { type ProcessDetail, readProcess } from './process-detail.ts';
import { listProcesses, type ProcessList, type ProcessQuery } from './process-list.ts';
import { openProcessPasses } from './process-passes.ts';
import { openProcessTable } from './process-table.ts';

export function openProcessJobs(machine: MachineRoot) {
  const table = openProcessTable(machine);
  const commandLines = openCommandLines(machine);
  const passes = openProcessPasses(machine, table);
  return {
    rankProcesses: (rows: number) => passes.pass(rows),
    listProcesses: (query: ProcessQuery): ProcessList => {
      const pass = table.read({ io: query.sort === 'io' });
      commandLines.forget(pass.processes);
      return listProcesses(table, commandLines, pass, query);
    },
    readProcess: (pid: number): ProcessDetail | undefined => readProcess(table, commandLines, pid),
  };
}
