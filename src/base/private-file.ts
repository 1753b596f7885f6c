/**
 * Files that only their owner may read: written whole or not at all, and read only when they are as they should be.
 * Knows nothing of what is in them.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, Problem } from './errors.ts';

const largestBytes = 1024 * 1024;

const effectiveUid = (): number => process.geteuid?.() ?? 0;

/**
 * The text of a file that nobody but its owner can read. Throws `start_failed`, naming the file and the mend, for a
 * file that others can read or that belongs to someone else; returns undefined where there is none.
 * @param groupReadable whether the group may read it too, as with systemd's credentials
 */
export function readPrivate(file: string, groupReadable = false): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
  try {
    refuseExposed(file, fstatSync(fd), groupReadable);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function unreadable(file: string, cause: unknown): Problem {
  const code = errnoOf(cause);
  const why = code === 'ELOOP' ? 'it is a symbolic link' : `${code ?? cause}`;
  return new Problem('start_failed', {
    detail: `${file} cannot be read: ${why}.`,
    hint:
      code === 'EACCES'
        ? 'Run this as root or as the user whom the file belongs to.'
        : 'Put a regular file there, or nothing.',
    cause,
  });
}

function refuseExposed(file: string, facts: Stats, groupReadable: boolean): void {
  const others = groupReadable ? 0o037 : 0o077;
  if (!facts.isFile()) {
    throw new Problem('start_failed', {
      detail: `${file} is not a regular file.`,
      hint: 'Put a regular file there, or nothing.',
    });
  }
  if ((facts.mode & others) !== 0) {
    throw new Problem('start_failed', {
      detail: `${file} is open to others (mode ${(facts.mode & 0o777).toString(8)}).`,
      hint: `chmod ${groupReadable ? 440 : 600} ${file}, and make it anew if others may have read it.`,
    });
  }
  const uid = effectiveUid();
  // Root reads what it wrote for the user whose folder it is.
  const trusted = uid === 0 ? [0, statSync(dirname(file)).uid] : [0, uid];
  if (!trusted.includes(facts.uid)) {
    throw new Problem('start_failed', {
      detail: `${file} belongs to uid ${facts.uid}, which is neither root, nor the user of this process, nor the owner of its folder.`,
      hint: 'Find out how it came there; then chown or remove it.',
    });
  }
  if (facts.size > largestBytes) {
    throw new Problem('start_failed', {
      detail: `${file} has ${facts.size} bytes, more than the ${largestBytes} that it may have.`,
      hint: 'It was not made by this program: move it away.',
    });
  }
}

/**
 * Makes the file where there is none, 0600 whatever the umask, owned by the owner of its folder, so that what root
 * writes for the daemon the daemon can read. Of several processes that do so at once one succeeds.
 * @returns false when there was one already
 */
export function makePrivate(file: string, text: string): boolean {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    fill(openDraft(draft), dirname(file), () => text);
    linkSync(draft, file);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return false;
    throw unwritable(file, cause);
  } finally {
    remove(draft);
  }
  syncFolder(dirname(file));
  return true;
}

/**
 * Puts what `edit` makes of the file's text (undefined: there is no file) in its place, owned and protected as by
 * `makePrivate`. Throws `start_failed` while another process edits it, so that no edit is lost, and whatever `edit`
 * throws; the file stays as it was then.
 */
export function editPrivate(file: string, edit: (text: string | undefined) => string): void {
  // The draft of a fixed name is also the lock.
  const draft = `${file}.new`;
  let fd: number;
  try {
    fd = openDraft(draft);
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw unwritable(file, cause);
    throw new Problem('start_failed', {
      detail: `${file} is just being changed by another process, or one was killed while it did so.`,
      hint: `Try again; if it stays so, remove ${draft}.`,
      cause,
    });
  }
  try {
    fill(fd, dirname(file), () => edit(readPrivate(file)));
    renameSync(draft, file);
  } catch (cause) {
    remove(draft);
    const ours = cause instanceof Problem || errnoOf(cause) === undefined;
    throw ours ? cause : unwritable(file, cause);
  }
  syncFolder(dirname(file));
}

const openDraft = (draft: string): number =>
  openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);

/** All by descriptor: in a folder of another user a name may have become a link to something else meanwhile. */
function fill(fd: number, folder: string, text: () => string): void {
  try {
    fchmodSync(fd, 0o600);
    const owner = statSync(folder);
    if (effectiveUid() === 0) fchownSync(fd, owner.uid, owner.gid);
    writeFileSync(fd, text());
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const unwritable = (file: string, cause: unknown): Problem =>
  new Problem('start_failed', {
    detail: `${file} cannot be written (${errnoOf(cause) ?? cause}).`,
    hint: `Give the user of the daemon the folder ${dirname(file)}.`,
    cause,
  });

function remove(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // Never made.
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
