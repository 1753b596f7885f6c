/** Which container a caller means, and which ones may have been meant. */

import { Problem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { quote } from '../../base/quote.ts';
import type { ContainerFacts } from './container-facts.ts';

const mostNames = 8;

/** As the engine itself does: a whole id, a name, the beginning of an id that only one has. */
export function found(wanted: string, all: readonly ContainerFacts[]): ContainerFacts {
  const exact = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
  if (exact !== undefined) return exact;
  const begun = /^[0-9a-f]{1,64}$/.test(wanted) ? all.filter(({ id }) => id.startsWith(wanted)) : [];
  if (begun.length === 1 && begun[0] !== undefined) return begun[0];
  if (begun.length > 1) {
    const some = begun.slice(0, mostNames).map(({ id, name }) => `${name} (${id.slice(0, 12)})`);
    throw new Problem('arguments_invalid', {
      detail: `More than one container has an id that begins with ${quote(wanted)}.`,
      hint: `Give more of it, or a name: ${some.join(', ')}.`,
    });
  }
  throw new Problem('not_found', {
    detail: `There is no container ${quote(wanted)}.`,
    hint: meant(wanted, all),
  });
}

/** Of one that was there when it was looked for. */
export const goneContainer = (name: string): Problem =>
  new Problem('not_found', { detail: `The container ${quote(name)} is gone.` });

function meant(wanted: string, all: readonly ContainerFacts[]): string {
  const names = all.map(({ name }) => name);
  const part = wanted.toLowerCase();
  const near = [
    ...names.filter((name) => part.length > 1 && name.toLowerCase().includes(part)),
    ...[nearest(wanted, names) ?? []].flat(),
  ];
  const some = [...new Set(near)].slice(0, mostNames);
  if (some.length > 0) return `Did you mean ${some.map((name) => quote(name)).join(', ')}?`;
  return all.length === 0 ? 'No container is to be seen.' : 'list_containers names those that there are.';
}
