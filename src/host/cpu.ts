/** What the processors spent their time on, from /proc/stat. */

import { percentOf } from './rate.ts';

/** Clock ticks since boot, proc(5): /proc/stat. `user` and `nice` are without the time of guests of this host. */
export interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
  readonly guest: number;
}

export interface CpuCounters {
  readonly total: CpuTimes;
  /** By the kernel's number of the core; a core that is offline is missing. */
  readonly cores: ReadonlyMap<number, CpuTimes>;
  /** Seconds since the epoch at which the kernel started (`btime`). */
  readonly bootedAtSeconds?: number;
}

/** Parts of the time between two readings, percent, one decimal. */
export interface CpuUse {
  /** All but idle and iowait; steal is in it, for the machine could not use that time. */
  readonly usedPercent: number;
  readonly userPercent: number;
  readonly systemPercent: number;
  readonly iowaitPercent: number;
  readonly stealPercent: number;
}

/** The text of /proc/stat; undefined when it has no `cpu` line. */
export function parseCpu(text: string): CpuCounters | undefined {
  let total: CpuTimes | undefined;
  const cores = new Map<number, CpuTimes>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) break;
    const found = /^cpu(\d*)((?: +\d+){4,})/.exec(line);
    if (found === null) continue;
    const times = timesOf((found[2] ?? '').trim().split(/ +/).map(Number));
    if (found[1] === '') total = times;
    else cores.set(Number(found[1]), times);
  }
  if (total === undefined) return undefined;
  const booted = /^btime (\d+)$/m.exec(text);
  return { total, cores, ...(booted === null ? {} : { bootedAtSeconds: Number(booted[1]) }) };
}

/** The kernel counts a guest's time in `user` and `nice` too, and older kernels end the line earlier. */
function timesOf(fields: readonly number[]): CpuTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields;
  const [guest = 0, guestNice = 0] = fields.slice(8);
  return {
    user: Math.max(0, user - guest),
    nice: Math.max(0, nice - guestNice),
    system,
    idle,
    iowait,
    irq,
    softirq,
    steal,
    guest: guest + guestNice,
  };
}

const working = ['user', 'nice', 'system', 'irq', 'softirq', 'steal', 'guest'] as const;

/** Why there is no use to tell where `cpuUse` has none. */
export const noProgress = 'the counters have not gone forward since the sample before';

/** Undefined where no tick passed or the counters began anew, as they do for a core that was offline. */
export function cpuUse(before: CpuTimes, after: CpuTimes): CpuUse | undefined {
  const grown = (field: keyof CpuTimes): number => after[field] - before[field];
  if (working.some((field) => grown(field) < 0)) return undefined;
  const used = working.reduce((sum, field) => sum + grown(field), 0);
  // proc(5): iowait may decrease; so may idle, from which it is taken.
  const iowait = Math.max(0, grown('iowait'));
  const whole = used + iowait + Math.max(0, grown('idle'));
  const part = (ticks: number): number => percentOf(ticks, whole) ?? 0;
  if (whole === 0) return undefined;
  return {
    usedPercent: part(used),
    userPercent: part(grown('user') + grown('nice') + grown('guest')),
    systemPercent: part(grown('system') + grown('irq') + grown('softirq')),
    iowaitPercent: part(iowait),
    stealPercent: part(grown('steal')),
  };
}
