/** What containers use, from their cgroup files and, where those are not seen here, from the engine. */

import type { ContainerFacts } from './container-facts.ts';
import type { Figures } from './figure-book.ts';
import type { FigureReading } from './figures.ts';
import { elapsed } from './waiting.ts';

export interface ContainerUse extends Figures {
  /** Asked of the engine. */
  readonly fromEngine?: true;
}

export interface UseSources {
  /** By id, those whose files are seen here. */
  readonly files: (of: readonly ContainerFacts[]) => Promise<ReadonlyMap<string, Figures>>;
  /** One shot at the engine. */
  readonly engine: (ids: readonly string[]) => Promise<FigureReading>;
  /** Takes a reading down and says it with its rates. */
  readonly take: (reading: FigureReading) => ReadonlyMap<string, Figures>;
  readonly signal: AbortSignal;
}

/** Between two shots, for one that was never asked about before. */
const intervalMs = 500;

export const doesRun = ({ state }: Pick<ContainerFacts, 'state'>): boolean =>
  state === 'running' || state === 'paused';

/** By id, of those that run. Throws what keeps the engine from answering, where it must be asked. */
export async function readUse(
  containers: readonly ContainerFacts[],
  { files, engine, take, signal }: UseSources,
): Promise<ReadonlyMap<string, ContainerUse>> {
  const seen = await files(containers);
  const unseen = containers.filter((one) => doesRun(one) && !seen.has(one.id)).map(({ id }) => id);
  if (unseen.length === 0) return seen;
  let said = take(await engine(unseen));
  if ([...said.values()].some((figures) => figures.intervalMs === undefined)) {
    await elapsed(intervalMs, signal);
    said = take(await engine(unseen));
  }
  return new Map<string, ContainerUse>([
    ...seen,
    ...[...said].map(([id, figures]) => [id, { ...figures, fromEngine: true }] as const),
  ]);
}
