/** What the recorder keeps: each series by name with its unit, and how its value is taken from the samples. */

import type { CpuUse } from './cpu.ts';
import { cpuUse } from './cpu.ts';
import type { MountStatus } from './mounts.ts';
import { type InterfaceCounters, traffic } from './network-counters.ts';
import type { Pressure } from './pressure.ts';
import type { Ranking } from './rankings.ts';
import { has, type Reading } from './reading.ts';
import type { Sample } from './sampler.ts';

export type Unit = 'percent' | 'tasks' | 'bytes' | 'bytes per second' | 'processes';

/** All that a row is made of. Rates are those between `before` and `after`. */
export interface Recorded {
  readonly before: Sample;
  readonly after: Sample;
  readonly mounts: readonly MountStatus[] | undefined;
  readonly ranking: Ranking | undefined;
  /** Whether a network interface is counted: one that others are built on would count twice. */
  readonly counts: (name: string) => boolean;
}

interface Series {
  readonly name: string;
  readonly unit: Unit;
  /** NaN where this machine does not tell. */
  readonly of: (recorded: Recorded) => number;
}

const cpu =
  (field: keyof CpuUse) =>
  ({ before, after }: Recorded): number => {
    if (!has(before.cpu) || !has(after.cpu)) return Number.NaN;
    return cpuUse(before.cpu.value.total, after.cpu.value.total)?.[field] ?? Number.NaN;
  };

const from = <T>(reading: Reading<T>, take: (value: T) => number | undefined): number =>
  (has(reading) ? take(reading.value) : undefined) ?? Number.NaN;

const stall = (resource: 'cpu' | 'memory' | 'io', kind: keyof Pressure): Series => ({
  name: `pressure_${resource}_${kind}_percent`,
  unit: 'percent',
  of: ({ after }) => from(after[`${resource}Pressure`], (pressure) => pressure[kind]?.avg10Percent),
});

const network =
  (way: keyof InterfaceCounters) =>
  ({ before, after, counts }: Recorded): number => {
    if (!has(before.network) || !has(after.network)) return Number.NaN;
    let sum = Number.NaN;
    for (const [name, counters] of after.network.value.interfaces) {
      if (!counts(name)) continue;
      const earlier = before.network.value.interfaces.get(name)?.[way];
      const rate = traffic(earlier, counters[way], after.monotonicMs - before.monotonicMs).bytesPerSecond;
      if (rate !== undefined) sum = (Number.isNaN(sum) ? 0 : sum) + rate;
    }
    return sum;
  };

/** The sources are those of the sampler; pressure is the kernel's average over 10 s. The order is that of the files. */
export const series: readonly Series[] = Object.freeze([
  { name: 'cpu_used_percent', unit: 'percent', of: cpu('usedPercent') },
  { name: 'cpu_user_percent', unit: 'percent', of: cpu('userPercent') },
  { name: 'cpu_system_percent', unit: 'percent', of: cpu('systemPercent') },
  { name: 'cpu_iowait_percent', unit: 'percent', of: cpu('iowaitPercent') },
  { name: 'cpu_steal_percent', unit: 'percent', of: cpu('stealPercent') },
  { name: 'load_1m', unit: 'tasks', of: ({ after }) => from(after.load, (load) => load.oneMinute) },
  { name: 'load_5m', unit: 'tasks', of: ({ after }) => from(after.load, (load) => load.fiveMinutes) },
  { name: 'load_15m', unit: 'tasks', of: ({ after }) => from(after.load, (load) => load.fifteenMinutes) },
  {
    name: 'memory_used_percent',
    unit: 'percent',
    of: ({ after }) => from(after.memory, ({ memory }) => memory.usedPercent),
  },
  {
    name: 'memory_available_bytes',
    unit: 'bytes',
    of: ({ after }) => from(after.memory, ({ memory }) => memory.availableBytes),
  },
  {
    name: 'swap_used_bytes',
    unit: 'bytes',
    of: ({ after }) => from(after.memory, ({ swap }) => swap.usedBytes),
  },
  stall('cpu', 'some'),
  stall('cpu', 'full'),
  stall('memory', 'some'),
  stall('memory', 'full'),
  stall('io', 'some'),
  stall('io', 'full'),
  { name: 'network_received_bytes_per_second', unit: 'bytes per second', of: network('received') },
  { name: 'network_sent_bytes_per_second', unit: 'bytes per second', of: network('sent') },
  {
    name: 'root_used_percent',
    unit: 'percent',
    of: ({ mounts }) =>
      mounts?.find(({ mount }) => mount.mountPoint === '/')?.space?.usedPercent ?? Number.NaN,
  },
  { name: 'processes', unit: 'processes', of: ({ ranking }) => ranking?.pass.total ?? Number.NaN },
] satisfies readonly Series[]);

export const seriesNames: readonly string[] = Object.freeze(series.map(({ name }) => name));

/** One value a series, in their order. */
export const valuesOf = (recorded: Recorded): Float32Array =>
  Float32Array.from(series, ({ of }) => of(recorded));
