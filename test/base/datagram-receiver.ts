/** A receiver of Unix datagrams for tests: what journald and the service manager are to the daemon. */

import { closeSync, readFileSync, writeSync } from 'node:fs';
import koffi from 'koffi';

export interface Datagram {
  readonly text: string;
  /** Whether it came as a memfd that nobody can change any more. */
  readonly sealed: boolean;
}

export interface DatagramReceiver {
  /** The oldest datagram that waits, or undefined. Never waits itself. */
  receive(): Datagram | undefined;
  /** All that wait, oldest first. */
  receiveAll(): readonly string[];
  close(): void;
}

/** @param address a path, or `@name` in the abstract namespace */
export function openDatagramReceiver(address: string): DatagramReceiver {
  const libc = koffi.load(null);
  const part = koffi.struct({ base: 'void *', bytes: 'size_t' });
  const header = koffi.struct({
    name: 'void *',
    nameBytes: 'uint32_t',
    parts: koffi.pointer(part),
    partCount: 'size_t',
    control: 'void *',
    controlBytes: 'size_t',
    flags: 'int',
  });
  const socket = libc.func('int socket(int, int, int)');
  const bind = libc.func('int bind(int, const void *, uint32_t)');
  const recvmsg = libc.func('recvmsg', 'int64_t', ['int', koffi.pointer(header), 'int']);

  const fd = socket(1, 2 | 0o2000000, 0);
  const path = address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`;
  const name = Buffer.concat([Buffer.from([1, 0]), Buffer.from(path)]);
  if (bind(fd, name, name.length) !== 0) throw new Error(`bind ${address}: errno ${koffi.errno()}`);

  const receive = (): Datagram | undefined => {
    const content = Buffer.alloc(65536);
    const control = Buffer.alloc(24);
    const message = {
      name: null,
      nameBytes: 0,
      parts: { base: content, bytes: content.length },
      partCount: 1,
      control,
      controlBytes: control.length,
      flags: 0,
    };
    const received = Number(recvmsg(fd, message, 0x40));
    if (received < 0) return undefined;
    if (control.readInt32LE(12) !== 1) return { text: content.toString('utf8', 0, received), sealed: false };
    return fromMemory(control.readInt32LE(16));
  };

  return {
    receive,
    receiveAll() {
      const texts: string[] = [];
      for (let one = receive(); one !== undefined; one = receive()) texts.push(one.text);
      return texts;
    },
    close: () => closeSync(fd),
  };
}

function fromMemory(fd: number): Datagram {
  const text = readFileSync(`/proc/self/fd/${fd}`, 'utf8');
  let sealed = false;
  try {
    writeSync(fd, 'x', 0);
  } catch {
    sealed = true;
  }
  closeSync(fd);
  return { text, sealed };
}
