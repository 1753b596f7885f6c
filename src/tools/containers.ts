/** What tells of containers in facts about processes: it is shown to those who may read containers. */

import type { Belonging } from '../host/cgroup.ts';

/** What an answer says of it in `withheld`. */
export const containersWithheld = 'the containers of processes: docker:read';

/** Scopes of containers, and of what watches over them, are named after the container's id. */
const namesContainer = (unit: string): boolean => /[0-9a-f]{64}/.test(unit);

export const showsContainer = ({ containerId, unit = '' }: Belonging): boolean =>
  containerId !== undefined || namesContainer(unit);

/** The same without its container, and without a unit that names one. */
export function withoutContainer<T extends Belonging>({
  containerId: _,
  unit,
  ...shown
}: T): Omit<T, 'containerId' | 'unit'> & { readonly unit?: string } {
  return unit === undefined || namesContainer(unit) ? shown : { ...shown, unit };
}
