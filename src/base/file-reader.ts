/**
 * Files that are opened, looked at, read and closed by system calls that are handed in: each takes half of what Node.js
 * takes for it, and whoever goes through a tree makes them by the hundred thousand.
 */

import { fstatSync } from 'node:fs';

/** The system calls of these names, section 2 of the manual. */
export interface FileCalls {
  open(path: Buffer, flags: number): number;
  close(fd: number): number;
  statx(fd: number, path: Buffer, flags: number, mask: number, into: Buffer): number;
  pread(fd: number, into: Buffer, length: number, position: number): number;
  /** Why the last call failed, e.g. `EACCES`. */
  errorName(): string;
}

/** stat(2): st_mode, st_nlink and st_size. */
export interface FileFacts {
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
}

/** Everything throws the system's error. */
export interface FileReader {
  /**
   * @param path with a character for each byte
   * @param use is given the descriptor, which is closed when it returns
   */
  withFile<R>(path: string, flags: number, use: (fd: number) => R): R;
  factsOf(fd: number): FileFacts;
  /** @returns how many bytes were read, 0 at the end */
  readAt(fd: number, into: Buffer, length: number, position: number): number;
}

/** fcntl(2), O_CLOEXEC, and stat(2); the same on x86-64 and arm64. */
const O_CLOEXEC = 0o2000000;
const AT_EMPTY_PATH = 0x1000;
/** STATX_TYPE, STATX_MODE, STATX_NLINK and STATX_SIZE. */
const wantedFacts = 0x207;
const longestPath = 4096;

export const nothingHeld = -1;

/**
 * @param held one number, in memory that outlives this thread: the descriptor that is open now, or `nothingHeld`. Node.js
 * closes what a thread that is ended has opened through it, and nothing else: the rest is for whoever ends it.
 */
export function fileReader(calls: FileCalls, held: Int32Array): FileReader {
  const pathBytes = Buffer.alloc(longestPath);
  const emptyPath = Buffer.alloc(1);
  /** struct statx, which all machines have alike. */
  const memory = new ArrayBuffer(256);
  const [facts, halves, words] = [Buffer.from(memory), new Uint16Array(memory), new Uint32Array(memory)];
  const word = (at: number): number => words[at / 4] ?? 0;
  return {
    withFile(path, flags, use) {
      if (path.length >= longestPath) throw failure('open', 'ENAMETOOLONG');
      pathBytes[pathBytes.write(path, 'latin1')] = 0;
      // V8 ends a thread where a function begins or a loop turns: never between a system call and the note of it.
      const fd = calls.open(pathBytes, flags | O_CLOEXEC);
      held[0] = fd;
      if (fd < 0) throw failure('open', calls.errorName());
      try {
        return use(fd);
      } finally {
        held[0] = nothingHeld;
        calls.close(fd);
      }
    },
    factsOf(fd) {
      // The engines of some containers refuse it.
      if (calls.statx(fd, emptyPath, AT_EMPTY_PATH, wantedFacts, facts) !== 0) return fstatSync(fd);
      return { mode: halves[28 / 2] ?? 0, nlink: word(16), size: word(40) + word(44) * 2 ** 32 };
    },
    readAt(fd, into, length, position) {
      const read = calls.pread(fd, into, length, position);
      if (read < 0) throw failure('pread', calls.errorName());
      return read;
    },
  };
}

const failure = (call: string, code: string): Error => Object.assign(new Error(`${call}: ${code}`), { code });
