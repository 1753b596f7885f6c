/** Which accounts of this machine people may log in to, from /etc/passwd. */

import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';

// login.defs(5): UID_MIN of ordinary users; above UID_MAX systemd's own begin.
const [firstUid, lastUid] = [1000, 60_000];

/** passwd(5): names of ordinary users whose shell lets them in. Users of directories such as LDAP are not seen. */
export function parseLoginAccounts(passwd: string): readonly string[] {
  return passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', , , , shell = ''] = line.split(':');
    const ordinary = /^\d+$/.test(uid) && Number(uid) >= firstUid && Number(uid) <= lastUid;
    return ordinary && !/\/(nologin|false)$/.test(shell) ? [name] : [];
  });
}

export const readLoginAccounts = (machine: MachineRoot): readonly string[] =>
  parseLoginAccounts(textOf(machine.root, 'etc/passwd') ?? '');
