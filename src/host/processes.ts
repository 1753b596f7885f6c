/** The processes of the machine, as the worker tells of them when asked. */

import { Problem } from '../base/errors.ts';
import type { Crew } from './crew.ts';
import type { ProcessDetail } from './process-detail.ts';
import type { ProcessList, ProcessQuery } from './process-list.ts';

export interface Processes {
  /** Throws `deadline_exceeded` and `unavailable`. */
  list(query: ProcessQuery): Promise<ProcessList>;
  /** Throws `not_found` for a number that is no process, or none any more, and what `list` throws. */
  one(pid: number): Promise<ProcessDetail>;
}

const deadlineMs = 10_000;

export const openProcesses = (crew: Crew): Processes => ({
  list: (query) => crew.run('listProcesses', [query], { deadlineMs }),
  async one(pid) {
    const found = await crew.run('readProcess', [pid], { deadlineMs });
    if (found !== undefined) return found;
    throw new Problem('not_found', {
      detail: `There is no process ${pid}.`,
      hint: 'It may have ended; list_processes finds those that run, by name, user or unit.',
    });
  },
});
