/** What stat(2) says of a file, in our words. */

import type { BigIntStats } from 'node:fs';
import { isoTime } from '../../base/clock.ts';
import type { MachineRoot } from '../../base/machine-root.ts';
import type { UserNames } from '../users.ts';

export const fileTypes = [
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'char-device',
  'block-device',
] as const;
export type FileType = (typeof fileTypes)[number];

export interface FileFacts {
  readonly type: FileType;
  readonly sizeBytes: number;
  /** Permission bits, four octal digits. */
  readonly mode: string;
  /** By name, or `uid N` where it has none here. */
  readonly owner: string;
  readonly modifiedAt: string;
}

/** Of what a folder's entry or stat(2) alike tell. */
export interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
}

export function typeOf(it: Typed): FileType {
  if (it.isFile()) return 'file';
  if (it.isDirectory()) return 'directory';
  if (it.isSymbolicLink()) return 'symlink';
  if (it.isFIFO()) return 'fifo';
  if (it.isSocket()) return 'socket';
  return it.isCharacterDevice() ? 'char-device' : 'block-device';
}

const latestMs = 8.64e15;

/** A copy of a frozen machine's files has the owner, mode, time and sizes of folders of whoever copied it: there they are fixed. */
export function factsOf(stats: BigIntStats, users: UserNames, machine: MachineRoot): FileFacts {
  const type = typeOf(stats);
  const frozenMode = type === 'directory' ? 0o755 : 0o644;
  const uid = machine.live ? Number(stats.uid) : 0;
  const modifiedMs = machine.live ? Number(stats.mtimeMs) : 0;
  return {
    type,
    sizeBytes: machine.live || type !== 'directory' ? Number(stats.size) : 4096,
    mode: (machine.live ? Number(stats.mode) & 0o7777 : frozenMode).toString(8).padStart(4, '0'),
    owner: users.get(uid) ?? `uid ${uid}`,
    modifiedAt: isoTime(Math.min(Math.max(modifiedMs, -latestMs), latestMs)),
  };
}
