/** The figures of containers, read now or remembered: whoever asks while they are read gets that same reading. */

import type { Clock } from '../../base/clock.ts';
import type { Crew } from '../crew.ts';
import type { ContainerFacts } from './container-facts.ts';
import { doesRun } from './container-use.ts';
import { type FigureBook, type Figures, openFigureBook } from './figure-book.ts';
import type { FigureTarget } from './gauge.ts';

/** By id; without those that do not run or whose files are not seen here. */
type FiguresById = ReadonlyMap<string, Figures>;

export interface AgedFigures {
  readonly figures: FiguresById;
  /** Of the oldest of them, milliseconds; 0 where they were read now. */
  readonly ageMs: number;
}

export interface FigureReadings {
  readonly take: FigureBook['take'];
  now(of: readonly ContainerFacts[]): Promise<FiguresById>;
  /** From memory where all that run were read lately, else read now. */
  recent(of: readonly ContainerFacts[]): Promise<AgedFigures>;
}

const deadlineMs = 5_000;
/** Whoever asks again and again gets new figures; whoever asks once gets those that are there. */
const refreshedAfterMs = 1_000;

interface Reading {
  readonly runs: ReadonlySet<string>;
  readonly figures: Promise<FiguresById>;
}

/**
 * @param everyMs how often all that run are read without being asked for
 * @param readSoon has them read for whoever asks next
 */
export function openFigureReadings(
  { crew, clock }: { readonly crew: Crew; readonly clock: Clock },
  everyMs: number,
  readSoon: () => void,
): FigureReadings {
  const book = openFigureBook(clock);
  const underWay = new Set<Reading>();
  /** When the figures of each were looked for, whether they were seen or not. */
  const lookedAtMs = new Map<string, number>();

  const read = async (targets: readonly FigureTarget[]): Promise<FiguresById> => {
    const counters = await crew.run('readFigures', [targets], { deadlineMs });
    const nowMs = clock.monotonicMs();
    for (const [id, atMs] of lookedAtMs) if (nowMs - atMs > 2 * everyMs) lookedAtMs.delete(id);
    for (const { id } of targets) lookedAtMs.set(id, nowMs);
    return book.take(counters);
  };

  const begin = (targets: readonly FigureTarget[]): Reading => {
    const reading = { runs: new Set(targets.map(runOf)), figures: read(targets) };
    underWay.add(reading);
    const end = (): void => void underWay.delete(reading);
    reading.figures.then(end, end);
    return reading;
  };

  const now: FigureReadings['now'] = async (containers) => {
    const targets = containers.filter(doesRun).map(targetOf);
    if (targets.length === 0) return new Map();
    const shared = [...underWay].find(({ runs }) => targets.every((one) => runs.has(runOf(one))));
    const figures = await (shared ?? begin(targets)).figures;
    return picked(targets, (id) => figures.get(id));
  };

  return {
    take: book.take,
    now,
    async recent(containers) {
      const running = containers.filter(doesRun);
      const nowMs = clock.monotonicMs();
      const ages = running.map(({ id }) => nowMs - (lookedAtMs.get(id) ?? Number.NEGATIVE_INFINITY));
      const ageMs = Math.max(0, ...ages);
      if (ageMs > 2 * everyMs) return { figures: await now(containers), ageMs: 0 };
      if (ageMs > refreshedAfterMs) readSoon();
      return { figures: picked(running, book.recent), ageMs: Math.round(ageMs) };
    },
  };
}

/** One that was started again is another run of the same container. */
export const runOf = ({ id, pid }: FigureTarget): string => `${id} ${pid}`;

const picked = (
  of: readonly { readonly id: string }[],
  figuresOf: (id: string) => Figures | undefined,
): FiguresById =>
  new Map(
    of.flatMap(({ id }) => {
      const figures = figuresOf(id);
      return figures === undefined ? [] : [[id, figures] as const];
    }),
  );

const targetOf = ({ id, hostNetwork, pid, cgroupParent }: ContainerFacts): FigureTarget => ({
  ...{ id, hostNetwork },
  ...(pid === undefined ? {} : { pid }),
  ...(cgroupParent === undefined ? {} : { cgroupParent }),
});
