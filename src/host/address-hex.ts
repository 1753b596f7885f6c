/** Internet addresses as the kernel writes them in /proc/net, in the form that people write. */

import { SocketAddress } from 'node:net';

/** Eight hexadecimal digits in the byte order of the machine, which is little-endian wherever this runs. */
export const ipv4FromHex = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

/** 32 hexadecimal digits in network order, in the form of RFC 5952. */
export function ipv6FromHex(hex: string): string {
  const groups = hex.match(/.{4}/g) ?? [];
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
}
