/** A page of rows in an order that stays: as many as are wanted and fit, and where the next one begins. */

import { Problem } from '../base/errors.ts';
import { fitting } from '../base/fitting.ts';

export interface PageWish<T> {
  readonly limit: number;
  /** The key of the last row that was seen. */
  readonly cursor: string | undefined;
  /** Of each row another one. */
  readonly keyOf: (row: T) => string;
  readonly mostBytes: number;
}

export interface Page<T> {
  readonly shown: readonly T[];
  readonly nextCursor?: string;
}

/** Throws `arguments_invalid` for a cursor whose row is gone. */
export function pageOf<T>(rows: readonly T[], { limit, cursor, keyOf, mostBytes }: PageWish<T>): Page<T> {
  const seen = cursor === undefined ? -1 : rows.findIndex((row) => keyOf(row) === cursor);
  if (cursor !== undefined && seen === -1) {
    throw new Problem('arguments_invalid', {
      detail: 'The `cursor` is none of this list, or what it stood at is gone.',
      hint: 'Begin again without it.',
    });
  }
  const later = rows.slice(seen + 1);
  const shown = fitting(later.slice(0, limit), mostBytes);
  const last = shown.at(-1);
  return { shown, ...(shown.length < later.length && last !== undefined && { nextCursor: keyOf(last) }) };
}

/** The members of an answer that say where it goes on; none at the end. */
export const goesOn = <T>({ shown, nextCursor }: Page<T>, total: number, how: string) =>
  nextCursor === undefined ? {} : { nextCursor, truncated: { shown: shown.length, total, how } };
