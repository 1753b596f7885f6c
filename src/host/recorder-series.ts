/** What the recorder keeps: each series by name with its unit. */

export type Unit = 'percent' | 'tasks' | 'bytes' | 'bytes per second' | 'processes';

/** The order is that of the files. Pressure is the kernel's average over 10 s. */
const units = {
  cpu_used_percent: 'percent',
  cpu_user_percent: 'percent',
  cpu_system_percent: 'percent',
  cpu_iowait_percent: 'percent',
  cpu_steal_percent: 'percent',
  load_1m: 'tasks',
  load_5m: 'tasks',
  load_15m: 'tasks',
  memory_used_percent: 'percent',
  memory_available_bytes: 'bytes',
  swap_used_bytes: 'bytes',
  pressure_cpu_some_percent: 'percent',
  pressure_cpu_full_percent: 'percent',
  pressure_memory_some_percent: 'percent',
  pressure_memory_full_percent: 'percent',
  pressure_io_some_percent: 'percent',
  pressure_io_full_percent: 'percent',
  network_received_bytes_per_second: 'bytes per second',
  network_sent_bytes_per_second: 'bytes per second',
  root_used_percent: 'percent',
  processes: 'processes',
} as const satisfies Readonly<Record<string, Unit>>;

export type SeriesName = keyof typeof units;

export interface Series {
  readonly name: SeriesName;
  readonly unit: Unit;
}

export const series: readonly Series[] = Object.freeze(
  Object.entries(units).map(([name, unit]) => ({ name: name as SeriesName, unit })),
);

export const seriesNames: readonly string[] = Object.freeze(series.map(({ name }) => name));
