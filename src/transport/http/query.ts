/** A query string as a tool's arguments: each value is turned into the type that the tool's schema names. */

import { looksLikeToken } from '../../auth/token.ts';
import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { Tool } from '../../tools/tool.ts';

type Schema = { readonly type?: unknown; readonly items?: Schema };

const tokenNames = /^(access_?token|auth_?token|token|api_?key|authorization)$/i;

/** Throws `token_misplaced` when the query names or holds a token: query strings end up in logs and histories. */
export function refuseTokenInQuery(query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (!tokenNames.test(name) && !looksLikeToken(value)) continue;
    throw new Problem('token_misplaced', {
      detail: 'The query string holds a token.',
      hint: 'Send it as the header "Authorization: Bearer …" and revoke it if others may have seen the address.',
    });
  }
}

/** What cannot be turned stays text, for the schema to refuse by name. */
function one(schema: Schema | undefined, value: string): unknown {
  switch (schema?.type) {
    case 'integer':
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    default:
      return value;
  }
}

/**
 * @param properties the tool's argument schemas by name
 * Lists are given by repeating the name or with commas between the entries.
 */
export function argsFromPairs(
  properties: Tool['input']['properties'],
  pairs: Iterable<readonly [string, string]>,
): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    const schema = Object.hasOwn(properties, name) ? (properties[name] as Schema) : undefined;
    if (schema?.type === 'array') {
      const before = Array.isArray(args[name]) ? (args[name] as unknown[]) : [];
      args[name] = [...before, ...value.split(',').map((entry) => one(schema.items, entry))];
    } else if (Object.hasOwn(args, name)) {
      throw new Problem('arguments_invalid', { detail: `${quote(name)} is given twice.` });
    } else {
      Object.defineProperty(args, name, { value: one(schema, value), enumerable: true, writable: true });
    }
  }
  return args;
}
