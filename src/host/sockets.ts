/** The kernel's tables of sockets under /proc/net, in our words. A table may have tens of thousands of lines. */

import { ipv4FromHex, ipv6FromHex } from './address-hex.ts';

export const socketProtocols = ['tcp', 'udp', 'unix'] as const;
export type SocketProtocol = (typeof socketProtocols)[number];

/** As ss(8) has them, but `listening`; for UDP `unconnected` is a socket that takes from anybody. */
export const socketStates = [
  'listening',
  'unconnected',
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'closed',
  'close_wait',
  'last_ack',
  'closing',
  'connecting',
  'disconnecting',
  'unknown',
] as const;
export type SocketState = (typeof socketStates)[number];

/** An address and port as the table has them, hexadecimal: most of the lines are only counted. */
export interface HexEndpoint {
  readonly hex: string;
  readonly port: number;
}

/** One line of a table. */
export interface Socket {
  readonly protocol: SocketProtocol;
  readonly state: SocketState;
  /** Number in the socket file system; 0 for one that no process has any more. */
  readonly inode: number;
  readonly local?: HexEndpoint;
  /** Absent where there is no other side. */
  readonly remote?: HexEndpoint;
  /** The user who made it; absent where no process has it any more and in the table of Unix sockets. */
  readonly uid?: number;
  /** Bytes not yet taken by the program, not yet acknowledged by the other side. Of a listening socket: how many wait. */
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  /** Of a Unix socket: where it is bound; `@` begins a name in no file system. */
  readonly path?: string;
  readonly unixType?: 'stream' | 'dgram' | 'seqpacket';
}

/** include/net/tcp_states.h */
const inetStates: Readonly<Record<string, SocketState>> = {
  '01': 'established',
  '02': 'syn_sent',
  '03': 'syn_recv',
  '04': 'fin_wait1',
  '05': 'fin_wait2',
  '06': 'time_wait',
  '07': 'closed',
  '08': 'close_wait',
  '09': 'last_ack',
  '0A': 'listening',
  '0B': 'closing',
  '0C': 'syn_recv',
};

const inetLine =
  /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) \S+ \S+ +(\d+) +\d+ (\d+)/gm;

/** The text of /proc/net/tcp, tcp6, udp or udp6 (proc_pid_net(5)). */
export function parseInetSockets(text: string, protocol: 'tcp' | 'udp'): readonly Socket[] {
  const sockets: Socket[] = [];
  for (const line of text.matchAll(inetLine)) {
    const [, local = '', localPort = '', remote = '', remotePort = '', code = '', sent = '', received = ''] =
      line;
    const inode = Number(line[9]);
    const state = inetStates[code] ?? 'unknown';
    sockets.push({
      protocol,
      state: protocol === 'udp' && state === 'closed' ? 'unconnected' : state,
      inode,
      local: { hex: local, port: Number.parseInt(localPort, 16) },
      ...(isNowhere(remote, remotePort)
        ? {}
        : { remote: { hex: remote, port: Number.parseInt(remotePort, 16) } }),
      ...(inode === 0 ? {} : { uid: Number(line[8]) }),
      receiveQueue: Number.parseInt(received, 16),
      sendQueue: Number.parseInt(sent, 16),
    });
  }
  return sockets;
}

const isNowhere = (hex: string, port: string): boolean => port === '0000' && /^0+$/.test(hex);

const unixTypes: Readonly<Record<string, Socket['unixType']>> = {
  '0001': 'stream',
  '0002': 'dgram',
  '0005': 'seqpacket',
};

/** include/uapi/linux/net.h: socket_state. */
const unixStates: Readonly<Record<string, SocketState>> = {
  '01': 'unconnected',
  '02': 'connecting',
  '03': 'established',
  '04': 'disconnecting',
};

/** include/linux/net.h: __SO_ACCEPTCON, set while a socket listens. */
const acceptsConnections = 0x10000;

/** The text of /proc/net/unix (proc_pid_net(5)). A path may hold spaces. */
export function parseUnixSockets(text: string): readonly Socket[] {
  const line =
    /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.*))?$/gim;
  return [...text.matchAll(line)].map(([, flags = '', type = '', code = '', inode = '', path]) => {
    const unixType = unixTypes[type];
    const listens = (Number.parseInt(flags, 16) & acceptsConnections) !== 0;
    return {
      protocol: 'unix',
      state: listens ? 'listening' : (unixStates[code] ?? 'unknown'),
      inode: Number(inode),
      ...(path === undefined || path === '' ? {} : { path }),
      ...(unixType === undefined ? {} : { unixType }),
    };
  });
}

/** The address in the form that people write. IPv6 stands in the tables as four words, each little-endian. */
export function addressOf({ hex }: HexEndpoint): string {
  if (hex.length === 8) return ipv4FromHex(hex);
  const words = hex.match(/.{8}/g) ?? [];
  return ipv6FromHex(words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join(''));
}
