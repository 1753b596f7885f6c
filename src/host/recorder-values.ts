/** How the value of each series of the recorder is taken from the samples. */

import { type CpuUse, cpuUse, noProgress } from './cpu.ts';
import type { MountStatus } from './mounts.ts';
import { type InterfaceCounters, traffic } from './network-counters.ts';
import { noPressure, type Pressure } from './pressure.ts';
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

/** Its value, or why this machine does not tell it. */
type Value = (recorded: Recorded) => Reading<number>;

/** Without a value: the kernel is too old for this one. */
const given = (value: number | undefined): Reading<number> =>
  value === undefined ? { reason: 'this kernel does not tell it' } : { value };

const from = <T>(reading: Reading<T>, take: (value: T) => number | undefined): Reading<number> =>
  has(reading) ? given(take(reading.value)) : reading;

const cpu =
  (field: keyof CpuUse): Value =>
  ({ before, after }) => {
    if (!has(after.cpu)) return after.cpu;
    const use = has(before.cpu) ? cpuUse(before.cpu.value.total, after.cpu.value.total) : undefined;
    return use === undefined ? { reason: noProgress } : { value: use[field] };
  };

const stall =
  (resource: 'cpu' | 'memory' | 'io', kind: keyof Pressure): Value =>
  ({ after }) => {
    const pressure = after[`${resource}Pressure`];
    return has(pressure)
      ? given(pressure.value[kind]?.avg10Percent)
      : { reason: noPressure(pressure.reason) };
  };

const network =
  (way: keyof InterfaceCounters): Value =>
  ({ before, after, counts }) => {
    if (!has(after.network)) return after.network;
    const earlier = has(before.network) ? before.network.value.interfaces : undefined;
    const rates = [...after.network.value.interfaces]
      .filter(([name]) => counts(name))
      .flatMap(([name, counters]) => {
        const intervalMs = after.monotonicMs - before.monotonicMs;
        return traffic(earlier?.get(name)?.[way], counters[way], intervalMs).bytesPerSecond ?? [];
      });
    return rates.length === 0
      ? { reason: 'no network interface of its own has counters that go on' }
      : { value: rates.reduce((sum, rate) => sum + rate, 0) };
  };

const rootUse: Value = ({ mounts }) => {
  if (mounts === undefined) return { reason: 'the mounts have not been read yet' };
  const root = mounts.find(({ mount }) => mount.mountPoint === '/');
  const value = root?.space?.usedPercent;
  return value === undefined ? { reason: root?.reason ?? 'the root file system has no size' } : { value };
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
  root_used_percent: rootUse,
  processes: ({ ranking }) =>
    ranking === undefined
      ? { reason: 'the first pass through the processes is not over yet' }
      : { value: ranking.pass.total },
};

/** One value a series, in their order; NaN where this machine does not tell. */
export const valuesOf = (recorded: Recorded): Float32Array =>
  Float32Array.from(series, ({ name }) => {
    const reading = values[name](recorded);
    return has(reading) ? reading.value : Number.NaN;
  });

/** Why this machine does not tell the value of a series now; undefined where it does. */
export function whyMissing(name: SeriesName, recorded: Recorded): string | undefined {
  const reading = values[name](recorded);
  return has(reading) ? undefined : reading.reason;
}
