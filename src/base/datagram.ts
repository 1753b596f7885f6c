/**
 * Datagrams on Unix sockets, which Node.js cannot send, over system calls that are handed in. It knows how they
 * travel, not what is in them.
 */

import { closeSync, writeFileSync } from 'node:fs';
import { Problem } from './errors.ts';

export interface DatagramSocket {
  /**
   * Sends one datagram of any size and never waits: `full` when the receiver is behind, `gone` when nobody
   * receives there. What exceeds the limit of a datagram travels as a sealed memfd, as journald takes it.
   */
  send(datagram: Uint8Array): 'sent' | 'full' | 'gone';
  close(): void;
}

/** The system calls of these names, section 2 of the manual. */
export interface DatagramCalls {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Buffer, addressBytes: number): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, valueBytes: number): number;
  sendto(
    fd: number,
    content: Uint8Array,
    contentBytes: number,
    flags: number,
    address: Buffer,
    addressBytes: number,
  ): number;
  sendmsg(fd: number, message: MessageHeader, flags: number): number;
  memfdCreate(name: string, flags: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  /** Why the last call failed, e.g. `EAGAIN`. */
  errorName(): string;
}

/** recvmsg(2): struct msghdr. */
export interface MessageHeader {
  readonly name: Buffer;
  readonly nameBytes: number;
  readonly parts: null;
  readonly partCount: 0;
  readonly control: Buffer;
  readonly controlBytes: number;
  readonly flags: 0;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const F_ADD_SEALS = 1033;
const ALL_SEALS = 0xf;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;

const sendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

/** Room for many datagrams in flight; the kernel cuts it to net.core.wmem_max. */
const sendBufferBytes = 8 * 1024 * 1024;

/** unix(7): sun_path with its final NUL. */
const longestPathBytes = 108;

/** Opens a sender. The address is looked up at each datagram, so a receiver that starts anew is found again. */
export function openDatagramSocket(calls: DatagramCalls, address: string): DatagramSocket {
  const receiver = unixAddress(address);
  const fd = datagramSocket(calls);
  const size = Buffer.alloc(4);
  size.writeInt32LE(sendBufferBytes);
  calls.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, size.length);
  return Object.freeze({
    send: (datagram: Uint8Array) => send(calls, fd, receiver, datagram),
    close: () => closeSync(fd),
  });
}

/** Whether a process receives datagrams at `address` and this one may send them. */
export function answersDatagrams(calls: DatagramCalls, address: string): boolean {
  const receiver = unixAddress(address);
  const fd = datagramSocket(calls);
  const answers = calls.connect(fd, receiver, receiver.length) === 0;
  closeSync(fd);
  return answers;
}

function datagramSocket(calls: DatagramCalls): number {
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) return fd;
  throw new Problem('unavailable', {
    detail: `A Unix datagram socket cannot be made: ${calls.errorName()}.`,
  });
}

/** unix(7): struct sockaddr_un. The length of an abstract address is part of it, so there is no NUL at its end. */
function unixAddress(address: string): Buffer {
  const path = Buffer.from(address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`);
  if (path.length > longestPathBytes) {
    throw new Problem('unavailable', {
      detail: `The socket address ${address} is longer than ${longestPathBytes - 1} bytes.`,
      hint: 'Use a shorter path.',
    });
  }
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}

function send(calls: DatagramCalls, fd: number, receiver: Buffer, datagram: Uint8Array) {
  if (calls.sendto(fd, datagram, datagram.length, sendFlags, receiver, receiver.length) >= 0) return 'sent';
  const error = calls.errorName();
  if (error !== 'EMSGSIZE' && error !== 'ENOBUFS') return outcomeOf(error);
  return sendMemory(calls, fd, receiver, datagram);
}

/** The native protocol of journald: an empty datagram that carries a sealed memfd with the content. */
function sendMemory(calls: DatagramCalls, fd: number, receiver: Buffer, content: Uint8Array) {
  const memory = calls.memfdCreate('datagram', MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0) return outcomeOf(calls.errorName());
  try {
    if (!filled(memory, content)) return 'full';
    if (calls.fcntl(memory, F_ADD_SEALS, ALL_SEALS) < 0) return outcomeOf(calls.errorName());
    const control = rightsMessage(memory);
    const message: MessageHeader = {
      name: receiver,
      nameBytes: receiver.length,
      parts: null,
      partCount: 0,
      control,
      controlBytes: control.length,
      flags: 0,
    };
    return calls.sendmsg(fd, message, sendFlags) >= 0 ? 'sent' : outcomeOf(calls.errorName());
  } finally {
    closeSync(memory);
  }
}

/** False when there is no memory for it now. */
function filled(memory: number, content: Uint8Array): boolean {
  try {
    writeFileSync(memory, content);
    return true;
  } catch {
    return false;
  }
}

/** cmsg(3): one SCM_RIGHTS message with one descriptor, padded to the size of a long. */
function rightsMessage(fd: number): Buffer {
  const control = Buffer.alloc(24);
  control.writeBigUInt64LE(20n, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, 16);
  return control;
}

const passing = ['EAGAIN', 'ENOBUFS', 'ENOMEM', 'ETOOMANYREFS', 'EMFILE', 'ENFILE'];

/** What passes by itself is `full`; a receiver that is absent, refuses or may not be reached is `gone`. */
const outcomeOf = (error: string): 'full' | 'gone' => (passing.includes(error) ? 'full' : 'gone');
