/** Which scopes a token can narrow to some objects in this version. Anything else is refused, never widened. */

import { Problem } from '../base/errors.ts';
import { plainPath } from '../base/plain-path.ts';
import { quote } from '../base/quote.ts';
import type { Narrowing } from './caller.ts';
import { grants, isScope, type Scope } from './scopes.ts';

interface Objects {
  /** What an object is, in words. */
  readonly says: string;
  /** The object as the tools compare it, or undefined for what is none. */
  read(given: string): string | undefined;
}

/** What Docker takes for a name, with stars, or a label. */
const containers = /^(?:[a-zA-Z0-9*][a-zA-Z0-9_.*-]{0,254}|label:[^\s=]{1,255}(?:=[^\n]{0,255})?)$/;

const containerObjects: Objects = {
  says: 'a name of containers with * for anything, or label:NAME or label:NAME=VALUE',
  read: (given) => (containers.test(given) ? given : undefined),
};

/** The scopes whose narrowing some tool enforces. */
const enforced: Readonly<Partial<Record<Scope, Objects>>> = {
  fs: { says: 'an absolute path, e.g. fs=/var/log/nginx', read: plainPath },
  'docker:read': containerObjects,
  'docker:manage': containerObjects,
};

const objectsOf = (scope: string): Objects | undefined =>
  isScope(scope) && Object.hasOwn(enforced, scope) ? enforced[scope] : undefined;

/** The narrowed scopes that nothing here would enforce. */
export const unenforced = (narrowing: Narrowing): readonly string[] =>
  Object.keys(narrowing).filter((scope) => objectsOf(scope) === undefined);

/** A header must hold the token. */
const mostObjects = 32;

/**
 * The narrowing in the form in which the tools compare it.
 * Throws `usage_invalid` for what this version would refuse, or what would narrow nothing.
 */
export function readNarrowing(given: Narrowing, scopes: readonly Scope[]): Narrowing {
  const loose = unenforced(given);
  if (loose.length > 0) {
    throw new Problem('usage_invalid', {
      detail: `This version does not enforce a narrowing of ${loose.join(', ')}, so such a token would be refused.`,
      hint: `Mint it without the narrowing, or with fewer scopes. Narrowed can be ${Object.keys(enforced).join(', ')}.`,
    });
  }
  return Object.fromEntries(
    Object.entries(given).map(([scope, objects]) => {
      if (!grants(scopes, scope as Scope)) {
        throw new Problem('usage_invalid', {
          detail: `The token is narrowed in ${scope}, which is none of its scopes.`,
          hint: `Add ${scope} to --scopes, or leave the narrowing out.`,
        });
      }
      if (objects.length === 0 || objects.length > mostObjects) {
        throw new Problem('usage_invalid', {
          detail: `${scope} is narrowed to ${objects.length} objects; there may be 1 to ${mostObjects}.`,
        });
      }
      return [scope, [...new Set(objects.map((one) => readObject(scope, one)))]];
    }),
  );
}

function readObject(scope: string, given: string): string {
  const kind = objectsOf(scope);
  const object = kind?.read(given);
  if (object !== undefined) return object;
  throw new Problem('usage_invalid', {
    detail: `${quote(given)} is nothing that ${scope} can be narrowed to.`,
    ...(kind && { hint: `It takes ${kind.says}.` }),
  });
}
