/** Names of users and groups, from /etc/passwd and /etc/group. Users of directories such as LDAP are unknown to it, and said to be. */

import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';

export type UserNames = ReadonlyMap<number, string>;

/** What stands in place of a name that can't be found. */
export const unknownUser = 'unknown';

/** The number under which the kernel shows every user that a user namespace has no number for. */
const overflowUid = 65_534;

/**
 * The text of /etc/passwd (passwd(5)): the first name of each number.
 * @param allMapped whether this process sees every user under its true number (user_namespaces(7)); else the
 *   overflow number may stand for anybody and gets no name
 */
export function parseUserNames(text: string, allMapped: boolean): UserNames {
  const names = firstNames(text);
  if (!allMapped) names.delete(overflowUid);
  return names;
}

function firstNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const [, name = '', number = ''] of text.matchAll(/^([^:#\n]+):[^:\n]*:(\d+):/gm)) {
    if (!names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

/** The text of /etc/group (group(5)): the first name of each number. */
export const parseGroupNames = (text: string): ReadonlyMap<number, string> => firstNames(text);

/** Whether the text of /proc/self/uid_map maps every number to itself. */
export const mapsAllUsers = (text: string): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(text);

/** The names that this machine has for its users now. */
export const readUserNames = (machine: MachineRoot): UserNames =>
  parseUserNames(
    textOf(machine.root, 'etc/passwd') ?? '',
    mapsAllUsers(textOf(machine.proc, 'self/uid_map') ?? ''),
  );
