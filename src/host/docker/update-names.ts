/**
 * What containers are called while one takes the place of another. Nothing else is kept of an update, so that the next
 * one sees from the names alone how far an interrupted one came.
 */

const shape = /^(.+)\.systemmanager-(new|old-running|old-stopped)-([0-9a-f]{12})$/;

const short = (id: string): string => id.slice(0, 12);

/** Of the one that was made to take the place of another, till it does. */
export const newName = (base: string, oldId: string): string => `${base}.systemmanager-new-${short(oldId)}`;

/** Of the one whose place is taken; what it did before must be known when it is put back. */
export const oldName = (base: string, newId: string, ran: boolean): string =>
  `${base}.systemmanager-old-${ran ? 'running' : 'stopped'}-${short(newId)}`;

export interface UpdatePart {
  /** The name that the update is about. */
  readonly base: string;
  readonly role: 'new' | 'old';
  /** Of the old one: whether it ran. */
  readonly ran: boolean;
  /** How the id of the other one begins. */
  readonly otherId: string;
}

/** Undefined for a name that has nothing to do with an update. */
export function partIn(name: string): UpdatePart | undefined {
  const [, base, role = '', otherId = ''] = shape.exec(name) ?? [];
  if (base === undefined) return undefined;
  return { base, role: role === 'new' ? 'new' : 'old', ran: role === 'old-running', otherId };
}

export const baseOf = (name: string): string => partIn(name)?.base ?? name;
