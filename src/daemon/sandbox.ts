/**
 * The sandbox that this process really has against the one of the unit as shipped: systemd passes over in silence what
 * the kernel or a container does not offer, and a drop-in takes away what it is told to. Named as the unit names it.
 */

import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from '../host/machine-facts.ts';
import { type Mount, parseMountTable } from '../host/mount-table.ts';
import { parseGroupNames } from '../host/users.ts';

/** What of the unit is wider here than shipped, as systemd.exec(5) writes it, e.g. `PrivateNetwork=no`. */
export function sandboxDifferences(machine: MachineRoot): readonly string[] {
  const read = (...path: readonly string[]): string => textOf(machine.proc, ...path) ?? '';
  const status = parseStatus(read('self/status'));
  const own = mountsOf(read('self/mountinfo'));
  const first = mountsOf(read('1/mountinfo'));
  const apart = (place: string): boolean => identityOf(own.get(place)) !== identityOf(first.get(place));

  const shipped: readonly (readonly [boolean, string])[] = [
    [status.get('NoNewPrivs') === '1', 'NoNewPrivileges=no'],
    // Every rule about system calls, address families, namespaces and the like is one filter among these.
    [status.get('Seccomp') === '2', 'SystemCallFilter='],
    [read('self/uid_map') !== read('1/uid_map'), 'PrivateUsers=no'],
    [!shareSockets(read('self/net/unix'), read('1/net/unix')), 'PrivateNetwork=no'],
    [apart('/dev'), 'PrivateDevices=no'],
    [own.has('/tmp') && apart('/tmp'), 'PrivateTmp=no'],
    [own.get('/')?.readOnly === true, 'ProtectSystem=no'],
    [own.get('/sys')?.readOnly === true, 'ProtectKernelTunables=no'],
    [own.get('/sys/fs/cgroup')?.readOnly === true, 'ProtectControlGroups=no'],
  ];
  return [
    ...shipped.flatMap(([as, otherwise]) => (as ? [] : [otherwise])),
    ...capabilityDifferences(status),
    ...groupDifferences(status, textOf(machine.root, 'etc/group') ?? ''),
  ];
}

/** proc_pid_status(5): each field by its name. */
const parseStatus = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^(\w+):[\t ]*(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
  );

/** Where several lie upon one another, the last is what is seen. */
const mountsOf = (text: string): ReadonlyMap<string, Mount> =>
  new Map(parseMountTable(text).map((mount) => [mount.mountPoint, mount]));

const identityOf = (mount: Mount | undefined): string =>
  mount === undefined ? '' : `${mount.deviceNumber} ${mount.rootPath}`;

/** proc_net(5), unix: whether both lists show one socket by its inode, and so one network namespace. */
function shareSockets(own: string, first: string): boolean {
  const inodes = (text: string): readonly string[] =>
    text.split('\n').flatMap((line) => /^[0-9a-f]+: (?:\S+ +){5}(\d+)/.exec(line)?.[1] ?? []);
  const known = new Set(inodes(first));
  return inodes(own).some((inode) => known.has(inode));
}

/** capability.h: those that a drop-in of ours gives, by their bit; any other is named by its number. */
const capabilityNames: Readonly<Record<number, string>> = { 2: 'CAP_DAC_READ_SEARCH', 19: 'CAP_SYS_PTRACE' };
const allCapabilities = 40;

function capabilityDifferences(status: ReadonlyMap<string, string>): readonly string[] {
  const bounding = BigInt(`0x${status.get('CapBnd') ?? '0'}`);
  const held = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (bounding >> BigInt(bit)) & 1n);
  if (held.length === 0) return [];
  if (held.length >= allCapabilities) return ['CapabilityBoundingSet=~'];
  return [`CapabilityBoundingSet=${held.map((bit) => capabilityNames[bit] ?? bit).join(' ')}`];
}

/** systemmanager-mcp.sysusers gives these besides the user's own. */
const shippedGroups = ['systemmanager', 'systemd-journal', 'adm'];

function groupDifferences(status: ReadonlyMap<string, string>, groups: string): readonly string[] {
  const names = parseGroupNames(groups);
  const more = (status.get('Groups') ?? '')
    .split(/\s+/)
    .filter((gid) => gid !== '' && gid !== overflowGid)
    .map((gid) => names.get(Number(gid)) ?? gid)
    .filter((name) => !shippedGroups.includes(name));
  return more.length === 0 ? [] : [`SupplementaryGroups=${more.join(' ')}`];
}

/** user_namespaces(7): a group that this process's namespace has no number for gives it nothing that it could name. */
const overflowGid = '65534';
