/** Who is calling, whoever proved it and however. The rest of the program sees a `Caller` and no proof. */

import { grants, type Scope } from './scopes.ts';

/** The named ways in: the name of the inherited socket, or the in-process door of a local user. */
export const doors = Object.freeze(['mcp', 'tcp', 'tailscale', 'stdio'] as const);
export type Door = (typeof doors)[number];

/** How the caller showed who it is. `none`: authentication is switched off and the caller is local. */
export type Proof = 'token' | 'configured-token' | 'local-user' | 'none';

/** A scope shrunk to some objects: container names or labels, unit globs, sub-paths. */
export type Narrowing = Readonly<Partial<Record<Scope, readonly string[]>>>;

export interface Caller {
  /** Whom the token was made for. Calls are counted and limited by this name. */
  readonly agent: string;
  readonly proof: Proof;
  readonly tokenId?: string;
  readonly scopes: readonly Scope[];
  readonly narrowing?: Narrowing;
  /** Milliseconds since the epoch after which the proof is worth nothing; absent where it has no end. */
  readonly expiresAt?: number;
  readonly door: Door;
  /** Where the connection comes from: an address, or `uid N` on a Unix socket. */
  readonly source: string;
}

export const holds = (caller: Caller, scope: Scope): boolean => grants(caller.scopes, scope);
