/**
 * Makes and opens the recorder's files. A file that is missing is made at its whole size, so that the disk can't fill
 * later; one that is not as it should be is set aside and made anew.
 */

import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isoTime } from '../base/clock.ts';
import { errnoOf } from '../base/errors.ts';
import {
  encodeRow,
  fileBytes,
  headerBytes,
  headerOf,
  magic,
  rowBytes,
  type Tier,
  type Tiers,
} from './recorder-format.ts';

/** A file that could not be used, why, and where it is now. */
export interface SetAside {
  readonly file: string;
  readonly why: string;
  /** Its name in the same folder. */
  readonly aside: string;
}

/** Why a file can't be used as it stands. `other`: it is ours, and was made for other settings or another version. */
type Fault = { readonly kind: 'damaged' | 'other'; readonly why: string };

/** A link is not followed, and what is no file does not hold up the start. */
const flags = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Makes the files that are missing or can't be used, a mebibyte a step. Throws the system's error. */
export function* makeFiles(tiers: readonly Tier[], nowMs: number): Generator<void, readonly SetAside[]> {
  const aside: SetAside[] = [];
  for (const tier of tiers) {
    mkdirSync(dirname(tier.file), { recursive: true, mode: 0o750 });
    const fault = faultOf(tier);
    if (fault === undefined) continue;
    if (fault !== 'missing') aside.push(setAside(tier, fault, nowMs));
    yield* makeFile(tier);
  }
  return aside;
}

/** A tier whose file is open, to read and write. */
export interface OpenTier {
  readonly tier: Tier;
  readonly fd: number;
}

export type OpenTiers = readonly [samples: OpenTier, minutes: OpenTier, quarters: OpenTier];

/** Throws the system's error. */
export function openFiles([samples, minutes, quarters]: Tiers): OpenTiers {
  const opened: OpenTier[] = [];
  const open = (tier: Tier): OpenTier => {
    const one = { tier, fd: openSync(tier.file, constants.O_RDWR | flags) };
    opened.push(one);
    return one;
  };
  try {
    return [open(samples), open(minutes), open(quarters)];
  } catch (thrown) {
    closeFiles(opened);
    throw thrown;
  }
}

export function closeFiles(tiers: readonly OpenTier[]): void {
  for (const { fd } of tiers) closeSync(fd);
}

/** Undefined for a file that can be used. Throws where it can't be told, as for want of permission. */
function faultOf(tier: Tier): Fault | 'missing' | undefined {
  let fd: number;
  try {
    fd = openSync(tier.file, constants.O_RDONLY | flags);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return 'missing';
    if (errnoOf(thrown) === 'ELOOP' || errnoOf(thrown) === 'ENXIO')
      return { kind: 'damaged', why: 'it is no file' };
    throw thrown;
  }
  try {
    return faultIn(fd, tier);
  } finally {
    closeSync(fd);
  }
}

function faultIn(fd: number, tier: Tier): Fault | undefined {
  const facts = fstatSync(fd);
  if (!facts.isFile()) return { kind: 'damaged', why: 'it is no file' };
  const header = Buffer.alloc(headerBytes);
  readSync(fd, header, 0, headerBytes, 0);
  if (!header.toString('latin1').startsWith(`${magic}\n`))
    return { kind: 'damaged', why: 'it is no file of the recorder' };
  if (!header.equals(headerOf(tier)))
    return { kind: 'other', why: 'it was made for other settings or by another version' };
  if (facts.size !== fileBytes(tier)) return { kind: 'damaged', why: `it has ${facts.size} bytes` };
  return undefined;
}

/** Of each kind one is kept, so that what is set aside does not fill the disk. */
function setAside(tier: Tier, { kind, why }: Fault, nowMs: number): SetAside {
  const word = kind === 'damaged' ? 'damaged' : 'old';
  const folder = dirname(tier.file);
  const prefix = `${basename(tier.file)}.${word}-`;
  for (const name of readdirSync(folder).filter((one) => one.startsWith(prefix))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const aside = `${prefix}${isoTime(nowMs).replace(/[-:]|\.\d+/g, '')}`;
  renameSync(tier.file, join(folder, aside));
  return { file: tier.file, why, aside };
}

/** Zeros are written, for a hole would take its space later. Under another name until it is whole. */
function* makeFile(tier: Tier): Generator<void, void> {
  const making = `${tier.file}.new`;
  rmSync(making, { recursive: true, force: true });
  const fd = openSync(making, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
  try {
    const zeros = Buffer.alloc(1024 * 1024);
    writeAll(fd, headerOf(tier), 0);
    for (let at = headerBytes; at < fileBytes(tier); at += zeros.length) {
      writeAll(fd, zeros.subarray(0, Math.min(zeros.length, fileBytes(tier) - at)), at);
      yield;
    }
    renameSync(making, tier.file);
  } catch (thrown) {
    rmSync(making, { force: true });
    throw thrown;
  } finally {
    closeSync(fd);
  }
}

/** A write that is cut short goes on, and fails where the disk is full. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Writes a row in its place. */
export const writeRow = ({ fd, tier }: OpenTier, slot: number, samples: number, values: Float32Array): void =>
  writeAll(fd, encodeRow(slot, samples, values), headerBytes + (slot % tier.rows) * rowBytes(tier));
