/** Sockets that listen without anybody accepting, as systemd holds them for its services. */

import { closeSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const bind = libc.func('int bind(int, const void *, uint32_t)');
const listen = libc.func('int listen(int, int)');
const getsockname = libc.func('int getsockname(int, _Out_ uint8_t *, _Inout_ uint32_t *)');

export interface Listening {
  readonly fd: number;
  close(): void;
}

function listening(family: number, address: Buffer): Listening {
  const fd = socket(family, 1 | 0o2000000, 0);
  if (bind(fd, address, address.length) !== 0 || listen(fd, 4096) !== 0) {
    throw new Error(`errno ${koffi.errno()}`);
  }
  return { fd, close: () => closeSync(fd) };
}

export const unixListening = (path: string): Listening =>
  listening(1, Buffer.concat([Buffer.from([1, 0]), Buffer.from(`${path}\0`)]));

export function tcpListening(): Listening & { readonly port: number } {
  const held = listening(2, Buffer.from([2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
  const address = Buffer.alloc(16);
  getsockname(held.fd, address, [16]);
  return { ...held, port: address.readUInt16BE(2) };
}
