/** One process in the kernel's words, from /proc/PID/stat and /proc/PID/status. */

export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, whatever the process chose. */
  readonly name: string;
  /** proc(5): R running, S sleeping, D waiting for a disk, Z zombie, T stopped, I idle kernel thread. */
  readonly state: string;
  readonly parentPid: number;
  /** Ticks of CPU time since its start, in user space and in the kernel. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** Ticks from boot to its start: with the pid it names one process for ever. */
  readonly startTicks: number;
  readonly rssPages: number;
}

/** The text of /proc/PID/stat; undefined for anything else. The name may hold spaces, brackets and newlines. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf(' (');
  const close = text.lastIndexOf(') ');
  if (open < 1 || close < open) return undefined;
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 2, close),
    state: fields[0] ?? '',
    parentPid: field(4),
    cpuTicks: field(14) + field(15),
    threads: field(20),
    startTicks: field(22),
    rssPages: field(24),
  };
  const whole = [stat.pid, stat.parentPid, stat.cpuTicks, stat.threads, stat.startTicks, stat.rssPages].every(
    Number.isFinite,
  );
  return whole ? stat : undefined;
}

/** proc(5)'s letters in words; what is none of them is `other`. */
export const processStates = [
  'running',
  'sleeping',
  'uninterruptible',
  'stopped',
  'zombie',
  'idle',
  'other',
] as const;

export type ProcessState = (typeof processStates)[number];

const letters: Readonly<Record<string, ProcessState>> = {
  R: 'running',
  S: 'sleeping',
  D: 'uninterruptible',
  T: 'stopped',
  t: 'stopped',
  Z: 'zombie',
  I: 'idle',
};

export const processState = ({ state }: ProcessStat): ProcessState => letters[state] ?? 'other';

/** The effective user of a process, from the text of /proc/PID/status; undefined for anything else. */
export function parseEffectiveUid(text: string): number | undefined {
  const found = /^Uid:\t\d+\t(\d+)\t/m.exec(text);
  return found === null ? undefined : Number(found[1]);
}
