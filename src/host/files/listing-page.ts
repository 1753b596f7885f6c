/** One page of a long list, chosen while it goes by in any order; keeps no more than twice the page. */

/** Where a row stands: by its key, then by its name. No two rows have the same. */
export interface Place {
  readonly key: number;
  readonly name: string;
}

export interface Row<E> {
  readonly place: Place;
  readonly entry: E;
}

export interface Page<E> {
  /** Makes the entry only if it may be on the page. */
  offer(place: Place, make: () => E): void;
  /** How many of those offered come behind the page before. */
  after(): number;
  /** In order, as many as were asked for. */
  rows(): readonly Row<E>[];
}

const order = (a: Place, b: Place): number =>
  a.key - b.key || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** @param last of the page before */
export function openPage<E>(size: number, last?: Place): Page<E> {
  let best: Row<E>[] = [];
  /** Nothing behind it can be on the page any more. */
  let bound: Place | undefined;
  let after = 0;
  const settle = (): void => {
    best = best.sort((a, b) => order(a.place, b.place)).slice(0, size);
  };
  return {
    offer(place, make) {
      if (last !== undefined && order(place, last) <= 0) return;
      after += 1;
      if (bound !== undefined && order(place, bound) > 0) return;
      best.push({ place, entry: make() });
      if (best.length < size * 2) return;
      settle();
      bound = best.at(-1)?.place;
    },
    after: () => after,
    rows() {
      settle();
      return best;
    },
  };
}
