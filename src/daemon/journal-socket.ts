/** The way to journald's native protocol. What is sent there, and what happens when it is full, others decide. */

import type { DatagramSocket } from '../base/datagram.ts';
import { openNative } from '../base/native.ts';

/** systemd-journald.service(8); with `namespace` the journal of that name, see LogNamespace= in systemd.exec(5). */
export async function openJournalSocket(namespace?: string): Promise<DatagramSocket> {
  const native = await openNative();
  return native.openDatagramSocket(
    namespace === undefined ? '/run/systemd/journal/socket' : `/run/systemd/journal.${namespace}/socket`,
  );
}
