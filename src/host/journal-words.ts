/** What journalctl(1) complains about, as the problem that it is. */

import { cleanLine } from '../base/clean-text.ts';
import { Problem } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { redactText } from '../base/secrets.ts';
import { type JournalQuery, noCursor } from './journal-query.ts';

const groups = "the group 'systemd-journal' (or 'adm')";

/**
 * @param exitCode absent where its output was cut
 * @param scanned how many entries it handed out
 */
export function complaintOf(
  stderr: string,
  exitCode: number | undefined,
  scanned: number,
  { boot, cursor }: JournalQuery,
): Problem | undefined {
  if (scanned > 0) return undefined;
  if (/insufficient permissions/i.test(stderr)) {
    return new Problem('permission_denied', {
      detail: `The daemon may not read this machine's journal: it is not in ${groups}.`,
      hint: "Let the operator add the service's user to it (SupplementaryGroups=systemd-journal) and restart.",
    });
  }
  if (/No journal files were (?:found|opened)|No such file or directory$/m.test(stderr)) {
    return noJournal();
  }
  if (exitCode === undefined || exitCode === 0) return undefined;
  if (boot !== undefined && /boot/i.test(stderr)) {
    return new Problem('not_found', {
      detail: `The journal has nothing of boot ${boot}.`,
      hint: 'The current boot is 0, the one before it -1; the oldest ones may be rotated away.',
    });
  }
  if (cursor !== undefined && /cursor/i.test(stderr)) return noCursor(cursor);
  // A pattern of units that fits none of them.
  if (/Failed to add filter for units/i.test(stderr)) return undefined;
  const words = redactText(cleanLine(stderr, 256)).text.trim();
  return new Problem('unavailable', { detail: `journalctl failed: ${quote(words, 200)}.`, cause: stderr });
}

export const noJournal = (): Problem =>
  new Problem('unavailable', {
    detail: 'This machine keeps no journal that the daemon can see: journalctl finds no journal files.',
  });

/** What journalctl says that it leaves out, or undefined. */
export function hiddenBy(stderr: string): string | undefined {
  return /not seeing messages from other users|insufficient permissions/i.test(stderr)
    ? `messages of the system and of other users: the daemon is not in ${groups}`
    : undefined;
}
