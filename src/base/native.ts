/**
 * The few system calls that Node.js does not offer, made through koffi, which only this file knows: who is at
 * the other end of a socket, what a descriptor is, giving up rights for good, datagrams on Unix sockets, a
 * thread's own working directory, pages of memory; and a few that it offers at twice the cost. It knows nothing of
 * what they are used for.
 */

import { getSystemErrorName } from 'node:util';
import { answersDatagrams, type DatagramSocket, openDatagramSocket } from './datagram.ts';
import { Problem } from './errors.ts';
import { type FileReader, fileReader } from './file-reader.ts';

/** unix(7), SO_PEERCRED: as the peer was when it connected. */
export interface PeerCredentials {
  /** Absent where the peer lives in another pid namespace. */
  readonly pid: number | undefined;
  /** Absent where the peer's user has no number in this user namespace. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** socket(7): SO_DOMAIN, SO_TYPE and SO_ACCEPTCONN. */
export interface SocketFacts {
  readonly family: 'unix' | 'inet' | 'inet6' | 'other';
  readonly type: 'stream' | 'dgram' | 'seqpacket' | 'other';
  readonly listening: boolean;
}

export interface Native {
  /** Undefined where there is no peer with credentials: not a connected Unix socket, or none at all. */
  peerCredentials(fd: number): PeerCredentials | undefined;
  /** Undefined where the descriptor is closed or is no socket. */
  socketFacts(fd: number): SocketFacts | undefined;
  /** fcntl(2), FD_CLOEXEC: whether the descriptor closes when this process executes another program. */
  setCloseOnExec(fd: number, on: boolean): void;
  /** capabilities(7): from now on no program that this thread executes can gain a capability. Needs CAP_SETPCAP. */
  dropBoundingSet(): void;
  /** capabilities(7): empties the ambient, inheritable, permitted and effective sets of this thread. */
  dropCapabilities(): void;
  /** prctl(2), PR_SET_NO_NEW_PRIVS: set-uid bits and file capabilities no longer count. For this thread. */
  setNoNewPrivileges(): void;
  /**
   * For files by the hundred thousand.
   * @param held in memory that outlives this thread: a number for the descriptor that is open now
   */
  fileReader(held: Int32Array): FileReader;
  /**
   * unshare(2), CLONE_FS: from now on this thread has a working directory of its own. Undefined where the kernel refuses, as
   * it does in the containers of some engines.
   * @returns fchdir(2) for this thread; false where it may not pass through that folder.
   */
  ownWorkingDirectory(): ((folder: number) => boolean) | undefined;
  /** madvise(2), MADV_DONTNEED: these pages leave this process. What it has written to them is lost. */
  forgetPages(start: number, length: number): void;
  /** _exit(2): ends the process without waiting for threads that hang in the kernel. */
  exitAtOnce(code: number): never;
  /** A sender to the Unix datagram socket at `address`: a path, or `@name` in the abstract namespace. */
  openDatagramSocket(address: string): DatagramSocket;
  /** Whether a process receives on the Unix datagram socket at `address`. */
  answersDatagrams(address: string): boolean;
}

// The numbers are those of x86-64 and arm64 (asm-generic), the machines this program is built for.
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_PEERCRED = 17;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const CLONE_FS = 0x200;
const MADV_DONTNEED = 4;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

const families: Readonly<Record<number, SocketFacts['family']>> = { 1: 'unix', 2: 'inet', 10: 'inet6' };
const types: Readonly<Record<number, SocketFacts['type']>> = { 1: 'stream', 2: 'dgram', 5: 'seqpacket' };

/** user_namespaces(7): what the kernel shows for a user or group that has no number here. */
const overflowId = 65534;

async function loadLibc() {
  const { default: koffi } = await import('koffi').catch((cause: unknown) => {
    throw new Problem('start_failed', {
      detail: `koffi, which makes native calls, does not load on ${process.platform} ${process.arch}.`,
      hint: 'Install the package for this machine, or run npm ci without --omit=optional.',
      cause,
    });
  });
  // The C library that Node.js itself runs on, whatever its file is called.
  const libc = koffi.load(null);
  const messageHeader = koffi.struct({
    name: 'void *',
    nameBytes: 'uint32_t',
    parts: 'void *',
    partCount: 'size_t',
    control: 'void *',
    controlBytes: 'size_t',
    flags: 'int',
  });
  return {
    getsockopt: libc.func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    fcntl: libc.func('int fcntl(int, int, int)'),
    prctl: libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)'),
    capset: libc.func('int capset(const void *, const void *)'),
    open: libc.func('int open(const void *, int)'),
    close: libc.func('int close(int)'),
    statx: libc.func('int statx(int, const void *, int, unsigned int, void *)'),
    pread: libc.func('int64_t pread(int, void *, size_t, int64_t)'),
    unshare: libc.func('int unshare(int)'),
    fchdir: libc.func('int fchdir(int)'),
    madvise: libc.func('int madvise(uintptr_t, size_t, int)'),
    exit: libc.func('void _exit(int)'),
    socket: libc.func('int socket(int, int, int)'),
    connect: libc.func('int connect(int, const void *, uint32_t)'),
    sendto: libc.func('int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    sendmsg: libc.func('sendmsg', 'int64_t', ['int', koffi.pointer(messageHeader), 'int']),
    memfdCreate: libc.func('int memfd_create(const char *, unsigned int)'),
    /** Why the last call failed, e.g. `EAGAIN`. */
    errorName: () => getSystemErrorName(-koffi.errno()),
  };
}

/** Loads koffi and binds the calls: about 15 ms the first time. Throws `start_failed` where koffi does not load. */
export async function openNative(): Promise<Native> {
  const libc = await loadLibc();

  const must = (call: string, result: number): number => {
    if (result < 0) {
      throw new Problem('unavailable', { detail: `The system call ${call} failed: ${libc.errorName()}.` });
    }
    return result;
  };

  const option = (fd: number, name: number, bytes: number): Buffer | undefined => {
    const value = Buffer.alloc(bytes);
    const length = [bytes];
    return libc.getsockopt(fd, SOL_SOCKET, name, value, length) === 0 && length[0] === bytes
      ? value
      : undefined;
  };

  return Object.freeze({
    peerCredentials(fd: number) {
      const value = option(fd, SO_PEERCRED, 12);
      if (value === undefined) return undefined;
      const [pid, uid, gid] = [value.readInt32LE(0), value.readInt32LE(4), value.readInt32LE(8)];
      // A socket without a peer, and one of another family, answers with -1.
      if (uid === -1) return undefined;
      const known = (id: number) => (id === overflowId ? undefined : id >>> 0);
      return { pid: pid === 0 ? undefined : pid, uid: known(uid), gid: known(gid) };
    },

    socketFacts(fd: number) {
      const [family, type, listening] = [SO_DOMAIN, SO_TYPE, SO_ACCEPTCONN].map((name) =>
        option(fd, name, 4)?.readInt32LE(0),
      );
      if (family === undefined || type === undefined) return undefined;
      return {
        family: families[family] ?? 'other',
        type: types[type] ?? 'other',
        listening: listening === 1,
      };
    },

    setCloseOnExec(fd: number, on: boolean) {
      must('fcntl(F_SETFD)', libc.fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0));
    },

    dropBoundingSet() {
      // The kernel may know capabilities that are newer than this program: the first unknown one ends the list.
      for (let capability = 0; libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        must('prctl(PR_CAPBSET_DROP)', libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
      }
    },

    dropCapabilities() {
      must('prctl(PR_CAP_AMBIENT)', libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
      const header = Buffer.alloc(8);
      header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3);
      must('capset', libc.capset(header, Buffer.alloc(24)));
    },

    setNoNewPrivileges() {
      must('prctl(PR_SET_NO_NEW_PRIVS)', libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    },

    fileReader: (held: Int32Array) => fileReader(libc, held),

    ownWorkingDirectory() {
      return libc.unshare(CLONE_FS) === 0 ? (folder: number) => libc.fchdir(folder) === 0 : undefined;
    },

    forgetPages(start: number, length: number) {
      // Where the kernel refuses, as it does for locked memory, they stay.
      libc.madvise(start, length, MADV_DONTNEED);
    },

    exitAtOnce(code: number): never {
      return libc.exit(code) as never;
    },

    openDatagramSocket: (address: string) => openDatagramSocket(libc, address),
    answersDatagrams: (address: string) => answersDatagrams(libc, address),
  });
}
