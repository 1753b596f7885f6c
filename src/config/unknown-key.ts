/** What is said of a name that no setting has: the name, and the one that was probably meant. */

import { nearest } from '../base/nearest.ts';
import { shownName } from './faults.ts';

const lastPart = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
const sectionOf = (key: string): string => key.slice(0, key.indexOf('.'));

const sentence = (what: string, wrong: string, near: string | undefined, valid: readonly string[]): string =>
  `there is no ${what} ${shownName(wrong)}; ${near === undefined ? `there are ${valid.join(', ')}` : `did you mean '${near}'?`}`;

/** @param keys every valid key, `section.name` */
export function unknownSection(wrong: string, keys: readonly string[]): string {
  const valid = [...new Set(keys.map(sectionOf))];
  // A setting outside its section, or its whole key on one line.
  const stray = keys.find((key) => key === wrong || lastPart(key) === wrong);
  if (stray === undefined) return sentence('section', wrong, nearest(wrong, valid), valid);
  return `there is no section ${shownName(wrong)}; write ${lastPart(stray)} below "${sectionOf(stray)}:"`;
}

/** @param keys every valid key, `section.name` */
export function unknownKey(wrong: string, keys: readonly string[]): string {
  const elsewhere = keys.find((key) => lastPart(key) === lastPart(wrong));
  const beside = keys.filter((key) => sectionOf(key) === sectionOf(wrong));
  return sentence('setting', wrong, elsewhere ?? nearest(wrong, keys), beside.length > 0 ? beside : keys);
}

/** @param names every valid environment variable */
export const unknownVariable = (wrong: string, names: readonly string[]): string =>
  sentence('variable', wrong, nearest(wrong, names), names);
