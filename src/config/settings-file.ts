/** Reads a file of settings as text: within bounds, never waiting, and with words for whoever may not read it. */

import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import type { Fault, Findings } from './faults.ts';

const largestBytes = 1_048_576;

/** The text of the file; undefined where there is none or where a fault was found instead. */
export function readSettingsFile(
  file: string,
  mayBeMissing: boolean,
  { faults, warnings }: Findings,
): string | undefined {
  let fd: number;
  try {
    // Opening a FIFO would otherwise wait for somebody to write.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (!mayBeMissing || errnoOf(thrown) !== 'ENOENT') faults.push(unreadable(file, thrown));
    return undefined;
  }
  try {
    const facts = fstatSync(fd);
    if (!facts.isFile()) {
      faults.push({ place: file, says: 'it is not a regular file' });
    } else if (facts.size > largestBytes) {
      faults.push({ place: file, says: `it has more than ${largestBytes} bytes, the most that is read` });
    } else {
      if ((facts.mode & 0o002) !== 0) {
        warnings.push(`${file} can be changed by everybody (mode ${octal(facts.mode)}): chmod o-w ${file}`);
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(fd));
    }
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw thrown;
    faults.push({ place: file, says: 'it is not UTF-8 text' });
  } finally {
    closeSync(fd);
  }
  return undefined;
}

/** Why a file or folder of the configuration cannot be read, and who could. */
export function unreadable(path: string, cause: unknown): Fault {
  const code = errnoOf(cause) ?? String(cause);
  if (code === 'ENOENT') return { place: path, says: 'there is no such file' };
  if (code !== 'EACCES') return { place: path, says: `it cannot be read (${code})` };
  const { owner, group, groupMay, says } = ownerOf(path);
  return {
    place: path,
    says: `the user ${nameOf('/etc/passwd', process.geteuid?.() ?? 0)} may not read it; ${says}`,
    hint: `Run this as ${owner}${groupMay ? ` or as a member of the group ${group}` : ''}.`,
  };
}

/** Of the path, or of the innermost folder above it that can be looked at. */
function ownerOf(path: string): { owner: string; group: string; groupMay: boolean; says: string } {
  try {
    const { uid, gid, mode } = statSync(path);
    const owner = nameOf('/etc/passwd', uid);
    const group = nameOf('/etc/group', gid);
    const says = `${path} belongs to ${owner}:${group}, mode ${octal(mode)}`;
    return { owner, group, groupMay: (mode & 0o040) !== 0, says };
  } catch (thrown) {
    if (path === dirname(path)) throw thrown;
    return ownerOf(dirname(path));
  }
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** passwd(5), group(5): the name of an id, or the id where the file does not have it. */
function nameOf(table: '/etc/passwd' | '/etc/group', id: number): string {
  try {
    const rows = readFileSync(table, 'utf8').split('\n');
    return rows.map((row) => row.split(':')).find(([, , field]) => field === String(id))?.[0] ?? String(id);
  } catch {
    return String(id);
  }
}
