/** The processes of the machine, as the worker tells of them when asked. */

import type { Crew } from './crew.ts';
import type { ProcessList, ProcessQuery } from './process-list.ts';

export interface Processes {
  /** Throws `deadline_exceeded` and `unavailable`. */
  list(query: ProcessQuery): Promise<ProcessList>;
}

const deadlineMs = 10_000;

export const openProcesses = (crew: Crew): Processes => ({
  list: (query) => crew.run('listProcesses', [query], { deadlineMs }),
});
