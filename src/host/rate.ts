/** From counters to rates. It knows no counter by name. */

/** With one decimal. */
export const tenth = (value: number): number => Math.round(value * 10) / 10;

/** A whole divided into parts of a hundred, one decimal; undefined where there is no whole. */
export const percentOf = (part: number, whole: number): number | undefined =>
  whole > 0 ? tenth((part / whole) * 100) : undefined;

/**
 * How much a counter grew a second, one decimal. Undefined where that can't be known: no time passed, the counter
 * wasn't there before, or it went back because it wrapped or began anew.
 */
export function perSecond(
  before: number | undefined,
  after: number | undefined,
  intervalMs: number,
): number | undefined {
  if (before === undefined || after === undefined || after < before || intervalMs <= 0) return undefined;
  return tenth(((after - before) * 1000) / intervalMs);
}

/** The members that are known: an answer has no member for what is not. */
export function known<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
