/**
 * The audit file: append-only, one line a record, each written by one call before the next thing happens. It survives
 * being renamed, deleted or truncated underneath, full disks and read-only ones, and counts what was lost meanwhile. It
 * knows nothing of what is in a line.
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';

export interface RecordFile {
  /** Appends a line. Returns false, and counts it as lost, when it could not be written whole. */
  append(line: string): boolean;
  /** The same, and it is on the disk under the file's name when this returns true. */
  appendDurably(line: string): boolean;
  /** Whether lines can be written, as far as is known. */
  healthy(): boolean;
  /** Where lines were lost: tries whether they can be written again. */
  recover(): void;
  /** How many lines were lost since the last that could be written. */
  lost(): number;
  /** Opens the file anew: after another program has renamed it. */
  reopen(): void;
  close(): void;
}

export interface RecordFileNeeds {
  readonly file: string;
  /** The file is rolled when it is as large as this … */
  readonly maxSizeBytes: number;
  /** … and so many rolled ones are kept; 0: it is never rolled. */
  readonly keep: number;
  readonly clock: Clock;
  /** Told when writing, rolling or syncing starts to fail. */
  readonly onTrouble: (message: string, cause: unknown) => void;
  /** What to write first when lines were lost before. */
  readonly lostLine: (count: number) => string;
}

// Readable as well, to see whether the last line is whole; O_NONBLOCK, for a FIFO would hold the open for ever.
const flags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const mode = 0o640;
/** How often the name is compared with the file that is open. */
const lookMs = 1000;
/** How long after a failure rolling is tried again. */
const rollAgainMs = 60_000;

interface OpenFile {
  readonly fd: number;
  size: number;
  /** The last line has no end: a write was cut short. */
  torn: boolean;
  /** The name is not durable yet. */
  unnamed: boolean;
}

export function openRecordFile(needs: RecordFileNeeds): RecordFile {
  const { file, maxSizeBytes, keep, clock, onTrouble, lostLine } = needs;
  let current: OpenFile | undefined;
  let lookedAt = 0;
  let rollNotBefore = 0;
  let lost = 0;
  let failing = false;

  const close = (): void => {
    if (current !== undefined) closeSync(current.fd);
    current = undefined;
  };

  const open = (): OpenFile => {
    close();
    lookedAt = clock.monotonicMs();
    current = openFile(file);
    return current;
  };

  const roll = (opened: OpenFile): OpenFile => {
    try {
      for (let n = keep - 1; n >= 1; n--) renameIfThere(`${file}.${n}`, `${file}.${n + 1}`);
      renameIfThere(file, `${file}.1`);
    } catch (cause) {
      rollNotBefore = clock.monotonicMs() + rollAgainMs;
      onTrouble(`${file} cannot be rolled and grows on`, cause);
      return opened;
    }
    return open();
  };

  /** The file to write to: another one where the old was renamed, deleted or has grown large. */
  const look = (always: boolean): OpenFile => {
    const now = clock.monotonicMs();
    let opened = current ?? open();
    if (always || now - lookedAt >= lookMs) {
      lookedAt = now;
      const mine = fstatSync(opened.fd);
      if (isNamed(mine, file)) opened.size = mine.size;
      else opened = open();
    }
    return keep > 0 && opened.size >= maxSizeBytes && now >= rollNotBefore ? roll(opened) : opened;
  };

  const write = (opened: OpenFile, text: string): void => {
    const line = Buffer.from(opened.torn ? `\n${text}\n` : `${text}\n`);
    for (let at = 0; at < line.length; ) {
      const written = writeSync(opened.fd, line, at);
      if (written === 0) throw new Error('nothing was written');
      at += written;
    }
    opened.torn = false;
    opened.size += line.length;
  };

  /** Runs an attempt to write; a failure is told once until one succeeds. */
  const attempt = (what: () => void): boolean => {
    try {
      what();
      failing = false;
      return true;
    } catch (cause) {
      if (!failing) onTrouble(`${file} cannot be written: calls go unrecorded, changes are refused`, cause);
      failing = true;
      // What a failed write has left behind shows when the file is opened again.
      close();
      return false;
    }
  };

  const writeLost = (opened: OpenFile): void => {
    if (lost === 0) return;
    write(opened, lostLine(lost));
    lost = 0;
  };

  const append = (text: string, durably: boolean): boolean => {
    const written = attempt(() => {
      const opened = look(durably);
      writeLost(opened);
      write(opened, text);
      if (durably) makeDurable(opened, file);
    });
    if (!written) lost += 1;
    return written;
  };

  attempt(open);
  return {
    append: (line) => append(line, false),
    appendDurably: (line) => append(line, true),
    healthy: () => !failing,
    recover() {
      if (failing) attempt(() => writeLost(look(true)));
    },
    lost: () => lost,
    reopen: () => void attempt(open),
    close,
  };
}

/** Throws what the system says where it cannot be opened, and for anything but a regular file. */
function openFile(file: string): OpenFile {
  const fd = openSync(file, flags, mode);
  try {
    const facts = fstatSync(fd);
    if (!facts.isFile()) throw new Error(`${file} is not a regular file`);
    if ((facts.mode & 0o777) !== mode) setMode(fd);
    return { fd, size: facts.size, torn: isTorn(fd, facts.size), unnamed: facts.size === 0 };
  } catch (cause) {
    closeSync(fd);
    throw cause;
  }
}

/** 0640 whatever the umask. */
function setMode(fd: number): void {
  try {
    fchmodSync(fd, mode);
  } catch {
    // The file of another owner, who has set it so.
  }
}

function isTorn(fd: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

/** Whether the open file is still the one of that name; where nobody can tell, it is. */
function isNamed(mine: Stats, file: string): boolean {
  try {
    const named = lstatSync(file, { throwIfNoEntry: false });
    return named !== undefined && named.ino === mine.ino && named.dev === mine.dev;
  } catch {
    return true;
  }
}

/** fdatasync(2), and for a new file its folder's entry too: without it the file may be gone after a crash. */
function makeDurable(opened: OpenFile, file: string): void {
  fdatasyncSync(opened.fd);
  if (!opened.unnamed) return;
  const folder = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  opened.unnamed = false;
}

function renameIfThere(from: string, to: string): void {
  if (lstatSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}
