/** Scopes and their narrowing as people type them. */

import type { Narrowing } from '../auth/caller.ts';
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

/** `SCOPE=OBJECT` texts; empty where there are none. Throws `usage_invalid` for what is no such text. */
export function parseNarrowing(texts: readonly string[]): { narrowing?: Narrowing } {
  const narrowing: Partial<Record<Scope, string[]>> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new Problem('usage_invalid', {
        detail: `--narrow ${text} is no SCOPE=OBJECT.`,
        hint: 'Write --narrow fs=/var/log/nginx, once for each object.',
      });
    }
    for (const scope of parseScopes(text.slice(0, at))) {
      narrowing[scope] = [...(narrowing[scope] ?? []), text.slice(at + 1)];
    }
  }
  return texts.length === 0 ? {} : { narrowing };
}
