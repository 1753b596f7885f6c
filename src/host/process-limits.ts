/** The resource limits of a process, from /proc/PID/limits. */

import { known } from './rate.ts';

/** Soft is what counts, hard is how far it may be raised; a side that is absent is unlimited. getrlimit(2). */
export interface ProcessLimit {
  readonly limit: string;
  readonly soft?: number;
  readonly hard?: number;
}

/** The kernel's names with ours, the unit in them where there is one. */
const names: Readonly<Record<string, string>> = {
  'Max open files': 'openFiles',
  'Max processes': 'processesOfUser',
  'Max address space': 'virtualBytes',
  'Max locked memory': 'lockedBytes',
  'Max stack size': 'stackBytes',
  'Max core file size': 'coreBytes',
  'Max file size': 'fileBytes',
  'Max cpu time': 'cpuSeconds',
};

/** The text of /proc/PID/limits, proc_pid_limits(5). Those without any limit are left out. */
export function parseProcessLimits(text: string): readonly ProcessLimit[] {
  const limits: ProcessLimit[] = [];
  for (const [, name = '', soft = '', hard = ''] of text.matchAll(
    /^(Max [a-z ]*[a-z]) {2,}(\d+|unlimited) +(\d+|unlimited)\b/gm,
  )) {
    const limit = names[name];
    if (limit === undefined || (soft === 'unlimited' && hard === 'unlimited')) continue;
    limits.push({ limit, ...known({ soft: numberOf(soft), hard: numberOf(hard) }) });
  }
  return limits;
}

const numberOf = (word: string): number | undefined => (word === 'unlimited' ? undefined : Number(word));
