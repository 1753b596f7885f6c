/** Which scopes a token can narrow to some objects in this version. Anything else is refused, never widened. */

import { Problem } from '../base/errors.ts';
import type { Narrowing } from './caller.ts';
import type { Scope } from './scopes.ts';

/** The scopes whose narrowing some tool enforces. */
export const enforcedNarrowings: ReadonlySet<Scope> = new Set<Scope>();

/** The narrowed scopes that nothing here would enforce. */
export const unenforced = (narrowing: Narrowing): readonly string[] =>
  Object.keys(narrowing).filter((scope) => !enforcedNarrowings.has(scope as Scope));

/** Throws `usage_invalid` when a token of this narrowing would be refused by this very version. */
export function refuseUnenforced(narrowing: Narrowing): void {
  const scopes = unenforced(narrowing);
  if (scopes.length === 0) return;
  throw new Problem('usage_invalid', {
    detail: `This version does not enforce a narrowing of ${scopes.join(', ')}, so such a token would be refused.`,
    hint: 'Mint it without the narrowing, or with fewer scopes.',
  });
}
