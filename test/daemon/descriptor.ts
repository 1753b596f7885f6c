/** What tests need to know of the descriptors behind Node's objects. */

import type { Server } from 'node:net';
import koffi from 'koffi';

/** The descriptor behind a server or a socket, which Node.js shows on its handle alone. */
export function descriptorOf(holder: object): number {
  const { _handle: handle } = holder as { _handle?: { fd?: number } };
  if (handle?.fd === undefined) throw new Error('this holder is not open');
  return handle.fd;
}

/** tcp(7), TCP_INFO of a listening socket: tcpi_sacked is the longest its queue may be. */
export function backlogOf(server: Server): number {
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)');
  const info = Buffer.alloc(104);
  if (getsockopt(descriptorOf(server), 6, 11, info, [info.length]) !== 0) {
    throw new Error('this is no TCP socket');
  }
  return info.readUInt32LE(28);
}
