/**
 * What a tool is: frozen data with one function. It knows the machine and the words of permission; it knows no
 * wire, no proof and no settings file, renders no text and catches nothing it cannot mend.
 */

import type { Static, TObject } from 'typebox';
import type { Caller, Narrowing } from '../auth/caller.ts';
import type { Scope } from '../auth/scopes.ts';
import type { Host } from '../host/host.ts';

/** `read` changes nothing; `change` can be undone; `destroy` may not. MCP hints and audit depth follow from it. */
export type Effect = 'read' | 'change' | 'destroy';

/** One word for the whole tool, or one for each value of its `action` argument. */
export type PerAction<T extends string> = T | Readonly<Record<string, T>>;

/** A frozen view of what the caller may see. */
export interface Grant {
  readonly agent: string;
  readonly proof: Caller['proof'];
  readonly door: Caller['door'];
  readonly tokenId?: string;
  readonly scopes: readonly Scope[];
  readonly narrowing?: Narrowing;
  readonly expiresAt?: number;
  has(scope: Scope): boolean;
}

export interface ToolContext {
  readonly host: Host;
  readonly grant: Grant;
  /** Aborted when the caller cancels, the deadline passes or the daemon stops. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Tells the caller how far the work is; `total` and `message` as known. Never throws. */
  readonly progress: (done: number, total?: number, message?: string) => void;
}

export interface ToolExample<A> {
  /** The question in a person's words. */
  readonly says: string;
  readonly args: A;
}

export interface Tool<A extends TObject = TObject, R extends TObject = TObject> {
  /** verb_noun in snake_case, in the kernel's and systemd's own words. */
  readonly name: string;
  readonly title: string;
  /** For agents: when to use it and what to use instead; at most 1,000 characters. */
  readonly summary: string;
  /** The scope needed, or one for each action; `any`: a valid caller is enough. */
  readonly scope: PerAction<Scope | 'any'>;
  readonly effect: PerAction<Effect>;
  readonly input: A;
  readonly output: R;
  /** How to get what a cut answer left out, in terms of this tool's own arguments. */
  readonly rest: string;
  /** Only where the default is wrong: deadline in milliseconds, answer size in bytes; with the reason beside it. */
  readonly limits?: { readonly ms?: number; readonly bytes?: number };
  /** Arguments that are never written to audit or log. */
  readonly secret?: readonly string[];
  /** The argument that names a unit of systemd, by which the audit finds the call. */
  readonly unit?: string;
  /** Older names, each with its own way of naming the arguments, if that differs. */
  readonly aliases?: readonly ToolAlias[];
  readonly examples: readonly ToolExample<Static<A>>[];
  run(args: Static<A>, context: ToolContext): Promise<Static<R>> | Static<R>;
}

export interface ToolAlias {
  readonly name: string;
  /** The older arguments as today's; absent where they are the same. What it does not know it passes on. */
  readonly args?: (older: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}

/** What the other members of an answer leave of 8 KiB for its rows or its text. */
export const usualAnswerBytes = 6_500;

/** Freezes a tool and keeps the types of its schemas for `run`. */
export const defineTool = <A extends TObject, R extends TObject>(tool: Tool<A, R>): Tool<A, R> =>
  Object.freeze(tool);
