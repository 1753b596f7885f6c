/** Scopes as people type them: words with commas between. */

import { isScope, type Scope, scopeNames } from '../auth/scopes.ts';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';

/** Throws `usage_invalid` that names the first word that is no scope, with the nearest that is. */
export function parseScopes(list: string): readonly Scope[] {
  const words = [...new Set(list.split(',').map((word) => word.trim()))].filter((word) => word !== '');
  const wrong = words.find((word) => !isScope(word));
  if (wrong !== undefined) {
    const near = nearest(wrong, scopeNames);
    throw new Problem('usage_invalid', {
      detail: `'${wrong}' is not a scope.`,
      hint: `${near ? `Did you mean '${near}'? ` : ''}There are ${scopeNames.join(', ')}.`,
    });
  }
  if (words.length === 0) {
    throw new Problem('usage_invalid', {
      detail: 'No scope is given.',
      hint: `There are ${scopeNames.join(', ')}.`,
    });
  }
  return words as Scope[];
}
