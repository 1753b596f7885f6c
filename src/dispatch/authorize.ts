/** The lock: whether this caller may use this tool, action by action. Whatever is not granted is denied. */

import { type Caller, holds } from '../auth/caller.ts';
import type { Scope } from '../auth/scopes.ts';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Effect, Grant, PerAction, Tool } from '../tools/tool.ts';

/** The words that a per-action table holds, or the one word that stands for the whole tool. */
export const eachWord = <T extends string>(perAction: PerAction<T>): readonly T[] =>
  typeof perAction === 'string' ? [perAction] : Object.values(perAction);

const permits = (caller: Caller, scope: Scope | 'any'): boolean => scope === 'any' || holds(caller, scope);

/** Whether the tool belongs in this caller's list: some action of it is permitted. A courtesy, not the lock. */
export const mayUse = (caller: Caller, tool: Tool): boolean =>
  eachWord(tool.scope).some((scope) => permits(caller, scope));

function wordFor<T extends string>(tool: Tool, table: PerAction<T>, args: unknown): T {
  if (typeof table === 'string') return table;
  const action = typeof args === 'object' && args !== null && 'action' in args ? args.action : undefined;
  const valid = Object.keys(table);
  const word = typeof action === 'string' && Object.hasOwn(table, action) ? table[action] : undefined;
  if (word !== undefined) return word;
  const near = typeof action === 'string' ? nearest(action, valid) : undefined;
  throw new Problem('arguments_invalid', {
    detail: `${tool.name}: 'action' must be one of ${valid.join(', ')}.`,
    ...(near ? { hint: `Did you mean '${near}'?` } : {}),
  });
}

/**
 * Lets the call pass or throws `scope_missing`, which names the scope.
 * @returns what the call does to the machine.
 */
export function authorize(caller: Caller, tool: Tool, args: unknown): Effect {
  if (!mayUse(caller, tool)) throw denied(tool.name, eachWord(tool.scope));
  const scope = wordFor(tool, tool.scope, args);
  if (!permits(caller, scope)) throw denied(tool.name, [scope]);
  return wordFor(tool, tool.effect, args);
}

function denied(what: string, scopes: readonly string[]): Problem {
  const needed = [...new Set(scopes)].join(' or ');
  return new Problem('scope_missing', {
    detail: `${what} needs the scope ${needed}, which this token does not carry.`,
    hint: `Ask the operator for a token with it: systemmanager-mcp token mint --scopes ${scopes[0]} …`,
  });
}

/** What a tool may know of its caller. */
export function grantOf(caller: Caller): Grant {
  return Object.freeze({
    agent: caller.agent,
    proof: caller.proof,
    door: caller.door,
    scopes: caller.scopes,
    ...(caller.tokenId === undefined ? {} : { tokenId: caller.tokenId }),
    ...(caller.narrowing === undefined ? {} : { narrowing: caller.narrowing }),
    ...(caller.expiresAt === undefined ? {} : { expiresAt: caller.expiresAt }),
    has: (scope: Scope) => holds(caller, scope),
  });
}
