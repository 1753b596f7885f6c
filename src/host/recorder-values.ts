/** How the value of each series of the recorder is taken from the samples. */

import { type CpuUse, cpuUse } from './cpu.ts';
import type { MountStatus } from './mounts.ts';
import { type InterfaceCounters, traffic } from './network-counters.ts';
import type { Pressure } from './pressure.ts';
import type { Ranking } from './rankings.ts';
import { has, type Reading } from './reading.ts';
import { type SeriesName, series } from './recorder-series.ts';
import type { Sample } from './sampler.ts';

/** All that a row is made of. Rates are those between `before` and `after`. */
export interface Recorded {
  readonly before: Sample;
  readonly after: Sample;
  readonly mounts: readonly MountStatus[] | undefined;
  readonly ranking: Ranking | undefined;
  /** Whether a network interface is counted: one that others are built on would count twice. */
  readonly counts: (name: string) => boolean;
}

/** NaN where this machine does not tell. */
type Value = (recorded: Recorded) => number;

const cpu =
  (field: keyof CpuUse) =>
  ({ before, after }: Recorded): number => {
    if (!has(before.cpu) || !has(after.cpu)) return Number.NaN;
    return cpuUse(before.cpu.value.total, after.cpu.value.total)?.[field] ?? Number.NaN;
  };

const from = <T>(reading: Reading<T>, take: (value: T) => number | undefined): number =>
  (has(reading) ? take(reading.value) : undefined) ?? Number.NaN;

const stall =
  (resource: 'cpu' | 'memory' | 'io', kind: keyof Pressure): Value =>
  ({ after }) =>
    from(after[`${resource}Pressure`], (pressure) => pressure[kind]?.avg10Percent);

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

const values: { readonly [N in SeriesName]: Value } = {
  cpu_used_percent: cpu('usedPercent'),
  cpu_user_percent: cpu('userPercent'),
  cpu_system_percent: cpu('systemPercent'),
  cpu_iowait_percent: cpu('iowaitPercent'),
  cpu_steal_percent: cpu('stealPercent'),
  load_1m: ({ after }) => from(after.load, (load) => load.oneMinute),
  load_5m: ({ after }) => from(after.load, (load) => load.fiveMinutes),
  load_15m: ({ after }) => from(after.load, (load) => load.fifteenMinutes),
  memory_used_percent: ({ after }) => from(after.memory, ({ memory }) => memory.usedPercent),
  memory_available_bytes: ({ after }) => from(after.memory, ({ memory }) => memory.availableBytes),
  swap_used_bytes: ({ after }) => from(after.memory, ({ swap }) => swap.usedBytes),
  pressure_cpu_some_percent: stall('cpu', 'some'),
  pressure_cpu_full_percent: stall('cpu', 'full'),
  pressure_memory_some_percent: stall('memory', 'some'),
  pressure_memory_full_percent: stall('memory', 'full'),
  pressure_io_some_percent: stall('io', 'some'),
  pressure_io_full_percent: stall('io', 'full'),
  network_received_bytes_per_second: network('received'),
  network_sent_bytes_per_second: network('sent'),
  root_used_percent: ({ mounts }) =>
    mounts?.find(({ mount }) => mount.mountPoint === '/')?.space?.usedPercent ?? Number.NaN,
  processes: ({ ranking }) => ranking?.pass.total ?? Number.NaN,
};

/** One value a series, in their order. */
export const valuesOf = (recorded: Recorded): Float32Array =>
  Float32Array.from(series, ({ name }) => values[name](recorded));
