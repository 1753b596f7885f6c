/** What a row about a process says of its container, for callers that may not know of containers. */

export interface Belongs {
  readonly unit?: string;
  readonly containerId?: string;
}

export const containersWithheld = 'the containers of processes: docker:read';

/** Scopes of containers, and of what watches over them, are named after the container's id. */
const namesContainer = (unit: string): boolean => /[0-9a-f]{64}/.test(unit);

export const showsContainer = ({ containerId, unit = '' }: Belongs): boolean =>
  containerId !== undefined || namesContainer(unit);

export function withoutContainer<T extends Belongs>(row: T): T {
  const { containerId: _, unit, ...shown } = row;
  return (unit === undefined || namesContainer(unit) ? shown : { ...shown, unit }) as T;
}
