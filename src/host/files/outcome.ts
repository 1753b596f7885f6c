/** A refusal on its way between threads, where a Problem would lose its words. */

import { type ErrorCode, errnoOf, Problem } from '../../base/errors.ts';

export type Outcome<R> =
  | { readonly result: R }
  | {
      readonly refused: ErrorCode;
      readonly detail: string;
      readonly hint: string | undefined;
      readonly cause: string;
    };

/** In the thread. Throws what is no Problem. */
export function outcomeOf<R>(work: () => R): Outcome<R> {
  try {
    return { result: work() };
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const { code, detail, hint, cause } = thrown;
    return { refused: code, detail, hint, cause: errnoOf(cause) ?? '' };
  }
}

/** On the other side. */
export function resultOf<R>(outcome: Outcome<R>): R {
  if ('result' in outcome) return outcome.result;
  const { refused, detail, hint, cause } = outcome;
  throw new Problem(refused, { detail, cause, ...(hint === undefined ? {} : { hint }) });
}
