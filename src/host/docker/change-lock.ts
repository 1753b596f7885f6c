/** One change of a container at a time. */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import { baseOf } from './update-names.ts';

export interface ChangeLock {
  /** Throws `busy` while another change is under way of what has that name, or has or had a part in its update. */
  hold<R>(name: string, work: () => Promise<R>): Promise<R>;
}

export function openChangeLock(): ChangeLock {
  const changing = new Set<string>();
  return {
    async hold(name, work) {
      const base = baseOf(name);
      if (changing.has(base)) {
        throw new Problem('busy', {
          detail: `Another change of ${quote(base)} is under way.`,
          hint: 'Look with get_container in some seconds.',
        });
      }
      changing.add(base);
      try {
        return await work();
      } finally {
        changing.delete(base);
      }
    },
  };
}
