/** A token in a tool's arguments would be shown to whoever reads the call: it is refused wherever it stands. */

import { looksLikeToken } from '../auth/token.ts';
import { Problem } from '../base/errors.ts';

const deepest = 64;

function holdsToken(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return looksLikeToken(value);
  if (typeof value !== 'object' || value === null || depth > deepest) return false;
  return Object.values(value).some((child) => holdsToken(child, depth + 1));
}

/** Throws `token_misplaced` when any value in the arguments is a token of this daemon. */
export function refuseMisplacedToken(args: unknown): void {
  if (!holdsToken(args, 0)) return;
  throw new Problem('token_misplaced', {
    detail: 'The arguments hold a token.',
    hint: 'Send it as the header "Authorization: Bearer …" and revoke it if others may have seen the arguments.',
  });
}
