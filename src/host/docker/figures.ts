/** What containers use, from the files of their cgroups and of their network; for the worker alone. */

import type { MachineRoot } from '../../base/machine-root.ts';
import { type FigureCounters, type FigureTarget, type Gauge, openGauge } from './gauge.ts';

/** By the container's id; without what is not to be seen here. */
export type FigureReading = ReadonlyMap<string, FigureCounters>;

/** 8 open files each. */
const mostKept = 128;
/** All that run are read more often. */
const idleMs = 60_000;

/** Keeps the files of those open that are read again and again. */
export function openFigures(machine: MachineRoot): (targets: readonly FigureTarget[]) => FigureReading {
  const kept = new Map<string, { readonly gauge: Gauge; readonly readAtMs: number }>();

  const drop = (key: string): void => {
    kept.get(key)?.gauge.close();
    kept.delete(key);
  };

  const readOne = (target: FigureTarget, readAtMs: number): FigureCounters | undefined => {
    const key = `${target.id} ${target.pid}`;
    const gauge = kept.get(key)?.gauge;
    const still = gauge?.read();
    if (gauge !== undefined && still !== undefined) {
      kept.set(key, { gauge, readAtMs });
      return still;
    }
    drop(key);
    const anew = openGauge(machine, target);
    const counters = anew.read();
    if (counters === undefined || kept.size >= mostKept) anew.close();
    else kept.set(key, { gauge: anew, readAtMs });
    return counters;
  };

  return (targets) => {
    const readAtMs = performance.now();
    for (const [key, one] of kept) if (readAtMs - one.readAtMs > idleMs) drop(key);
    return new Map(
      targets.flatMap((target) => {
        const counters = readOne(target, readAtMs);
        return counters === undefined ? [] : [[target.id, counters] as const];
      }),
    );
  };
}
