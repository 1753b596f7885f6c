/** What containers use as the engine says it in one shot: for those whose cgroup files are not seen here. */

import { Problem } from '../../base/errors.ts';
import { known } from '../rate.ts';
import type { Engine } from './engine.ts';
import { entriesAt, listAt, numberAt, textAt } from './fields.ts';
import type { FigureReading } from './figures.ts';
import type { FigureCounters } from './gauge.ts';

/** Docker 20.10 takes a second for each. */
const deadlineMs = 8_000;
const atOnce = 8;

/**
 * By id; without those that are gone or do not run. Throws what keeps the engine from answering.
 * @param hostMemoryBytes which the engine says as the limit of a container that has none
 */
export async function readEngineStats(
  engine: Pick<Engine, 'ask'>,
  ids: readonly string[],
  hostMemoryBytes: number,
  signal: AbortSignal,
): Promise<FigureReading> {
  const reading = new Map<string, FigureCounters>();
  const left = [...ids];
  const next = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const counters = engineCounters(await askOne(engine, id, signal), hostMemoryBytes);
      if (counters !== undefined) reading.set(id, counters);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, next));
  return reading;
}

async function askOne(engine: Pick<Engine, 'ask'>, name: string, signal: AbortSignal): Promise<unknown> {
  try {
    const query = { stream: false, 'one-shot': true };
    return await engine.ask('containerStats', { name, query, signal, deadlineMs });
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}

/** Undefined for a container that does not run. */
export function engineCounters(said: unknown, hostMemoryBytes: number): FigureCounters | undefined {
  const nanoseconds = numberAt(said, 'cpu_stats', 'cpu_usage', 'total_usage') ?? 0;
  if (nanoseconds === 0) return undefined;
  const throttled = (name: string) => numberAt(said, 'cpu_stats', 'throttling_data', name);
  const memory = numberAt(said, 'memory_stats', 'usage');
  const cache =
    numberAt(said, 'memory_stats', 'stats', 'total_inactive_file') ??
    numberAt(said, 'memory_stats', 'stats', 'inactive_file') ??
    0;
  const memoryLimit = numberAt(said, 'memory_stats', 'limit');
  const pidsLimit = numberAt(said, 'pids_stats', 'limit');
  const throttledNs = throttled('throttled_time');
  return known({
    cpuUs: Math.round(nanoseconds / 1000),
    periods: throttled('periods'),
    throttledPeriods: throttled('throttled_periods'),
    throttledMs: throttledNs === undefined ? undefined : Math.round(throttledNs / 1e6),
    memoryBytes: memory === undefined ? undefined : Math.max(0, memory - cache),
    memoryLimitBytes: memoryLimit !== undefined && memoryLimit < hostMemoryBytes ? memoryLimit : undefined,
    pids: numberAt(said, 'pids_stats', 'current'),
    // None is the largest number that there is.
    pidsLimit: Number.isSafeInteger(pidsLimit) && pidsLimit !== 0 ? pidsLimit : undefined,
    ...blockIoOf(said),
    ...networkOf(said),
  });
}

function blockIoOf(said: unknown): Pick<FigureCounters, 'readBytes' | 'writtenBytes'> {
  const entries = listAt(said, 'blkio_stats', 'io_service_bytes_recursive');
  if (entries.length === 0) return {};
  const sumOf = (operation: string): number =>
    entries
      .filter((entry) => textAt(entry, 'op')?.toLowerCase() === operation)
      .reduce<number>((sum, entry) => sum + (numberAt(entry, 'value') ?? 0), 0);
  return { readBytes: sumOf('read'), writtenBytes: sumOf('write') };
}

function networkOf(said: unknown): Pick<FigureCounters, 'receivedBytes' | 'sentBytes'> {
  const networks = entriesAt(said, 'networks');
  if (networks.length === 0) return {};
  const sumOf = (name: string): number =>
    networks.reduce((sum, [, counters]) => sum + (numberAt(counters, name) ?? 0), 0);
  return { receivedBytes: sumOf('rx_bytes'), sentBytes: sumOf('tx_bytes') };
}
