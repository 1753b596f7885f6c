/** The words of permission: which scopes there are and which of them a broader one includes. */

/** Every scope a token can carry, with what it grants, for people. */
export const scopes = Object.freeze({
  monitor: 'read everything about the host: status, processes, storage, network, units, journal, history',
  docker: 'docker:read and docker:manage',
  'docker:read': 'read containers, images, networks, volumes and compose projects',
  'docker:manage': 'start, stop, restart, pause and kill containers; pull images; recreate on a newer image',
  fs: 'browse, read and search inside the allowed paths',
  'units:manage': 'start, stop, restart and reload the units that the configuration lists',
  'net:probe': 'active network probes: ping, TCP connect, DNS, TLS certificate, HTTP, route',
  metrics: 'GET /metrics',
  admin: 'all of the above, and the audit records of all callers',
});

export type Scope = keyof typeof scopes;

export const scopeNames: readonly Scope[] = Object.freeze(Object.keys(scopes) as Scope[]);

export const isScope = (word: string): word is Scope => Object.hasOwn(scopes, word);

const includes: Readonly<Partial<Record<Scope, readonly Scope[]>>> = {
  docker: ['docker:read', 'docker:manage'],
  admin: scopeNames,
};

/** Scopes under which nothing can be changed: what an unauthenticated local caller may get at most. */
export const readScopes: readonly Scope[] = Object.freeze(['monitor', 'docker:read', 'fs', 'metrics']);

/** Whether someone who holds `held` may do what needs `needed`. */
export function grants(held: readonly Scope[], needed: Scope): boolean {
  return held.some((scope) => scope === needed || includes[scope]?.includes(needed));
}
