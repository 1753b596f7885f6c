/** Whose a process is: its user, its unit and its container. */

import { join } from 'node:path';
import { type Belonging, belonging, parseCgroupPath } from './cgroup.ts';
import { textOf } from './machine-facts.ts';
import { type ProcessStat, parseEffectiveUid } from './process-stat.ts';
import type { ProcessTable } from './process-table.ts';
import { known } from './rate.ts';
import { unknownUser } from './users.ts';

export interface ProcessUser {
  /** Effective. */
  readonly uid?: number;
  readonly user: string;
}

export type Identity = ProcessUser & Belonging;

/** Reads two files of each process that it is asked about, and the names of users once. */
export function openIdentify(table: ProcessTable): (process: ProcessStat) => Identity {
  const userOf = openUsers(table);
  return (process) => ({ ...userOf(process), ...belongingOf(table, process) });
}

export function openUsers(table: ProcessTable): (process: ProcessStat) => ProcessUser {
  const names = table.userNames();
  return ({ pid }) => {
    const uid = parseEffectiveUid(textOf(table.machine.proc, String(pid), 'status') ?? '');
    return { ...known({ uid }), user: (uid === undefined ? undefined : names.get(uid)) ?? unknownUser };
  };
}

export const belongingOf = ({ machine }: ProcessTable, { pid }: ProcessStat): Belonging =>
  belonging(parseCgroupPath(textOf(join(machine.proc, String(pid)), 'cgroup') ?? ''));
