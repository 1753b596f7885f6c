/** Names and patterns of units, checked before a program sees them (systemd.unit(5)). */

import { Problem } from './errors.ts';
import { quote } from './quote.ts';

export const unitTypes = [
  'service',
  'timer',
  'socket',
  'mount',
  'automount',
  'swap',
  'target',
  'path',
  'slice',
  'scope',
  'device',
] as const;
export type UnitType = (typeof unitTypes)[number];

const suffix = new RegExp(`.\\.(?:${unitTypes.join('|')})$`);

/** The only units whose names begin with a dash: the root slice and the root mount. */
const dashed = new Set(['-.slice', '-.mount']);

/** The name with its type, `.service` where none is said; undefined for what is no name. */
export function asUnitName(given: string): string | undefined {
  if (!dashed.has(given) && (!/^[A-Za-z0-9:_.\\@-]+$/.test(given) || given.startsWith('-'))) return undefined;
  const name = suffix.test(given) ? given : `${given}.service`;
  return name.length > 255 ? undefined : name;
}

/** The same; throws `arguments_invalid` for what is no name. */
export function unitName(given: string): string {
  const name = asUnitName(given);
  if (name === undefined) {
    throw new Problem('arguments_invalid', {
      detail: `${quote(given)} is not the name of a unit.`,
      hint: "A name has at most 255 letters, digits and ':_.\\@-', does not begin with '-' and has no wildcards: list_units takes patterns.",
    });
  }
  return name;
}

/** A glob as systemctl takes it. Throws `arguments_invalid` for what can be none. */
export function unitPattern(given: string): string {
  if (!/^[A-Za-z0-9:_.\\@*?[\]!^-]+$/.test(given) || (given.startsWith('-') && !dashed.has(given))) {
    throw new Problem('arguments_invalid', {
      detail: `${quote(given)} is not a pattern of unit names.`,
      hint: "For example 'ssh*' or '*docker*'; it does not begin with '-'.",
    });
  }
  return given;
}

export const typeOfUnit = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
