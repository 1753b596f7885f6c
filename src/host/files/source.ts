/** The content of a file as text that can be read from anywhere: plain, UTF-16 and gzip alike. */

import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { errnoOf, Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { FileRules } from './rules.ts';

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const;
export type Encoding = (typeof encodings)[number];

/** Bytes of text; for UTF-16 and gzip they are those of the text as UTF-8, in memory. */
export interface Source {
  readonly encoding: Encoding;
  readonly compressed: boolean;
  readonly sizeBytes: number;
  /** At most `length` bytes from `offset` on; fewer at the end, also where the file has shrunk. */
  read(offset: number, length: number): Buffer;
}

/** What is looked at to tell how a file is to be read. */
export const probeBytes = 8192;

/** Undefined for what is no text. Throws `path_refused` for what is larger than may be decompressed or decoded. */
export function openSource(
  fd: number,
  sizeBytes: number,
  path: string,
  rules: FileRules,
): Source | undefined {
  const file = { sizeBytes, read: (offset: number, length: number) => readAt(fd, offset, length) };
  const start = file.read(0, probeBytes);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    const bytes = unzip(file.read(0, bounded(sizeBytes, path, rules)), path, rules);
    return sourceOf({ sizeBytes: bytes.length, read: slicing(bytes) }, true, path, rules);
  }
  return sourceOf(file, false, path, rules);
}

function sourceOf(
  raw: Pick<Source, 'sizeBytes' | 'read'>,
  compressed: boolean,
  path: string,
  rules: FileRules,
): Source | undefined {
  const encoding = encodingOf(raw.read(0, probeBytes));
  if (encoding === undefined) return undefined;
  if (encoding === 'utf-8' || encoding === 'latin1') return { ...raw, encoding, compressed };
  const whole = raw.read(0, bounded(raw.sizeBytes, path, rules));
  const bytes = Buffer.from(new TextDecoder(encoding).decode(whole));
  return { encoding, compressed, sizeBytes: bytes.length, read: slicing(bytes) };
}

const slicing = (bytes: Buffer) => (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

/**
 * Undefined for what has zero bytes and no byte order mark: no text.
 * @param start of the file, `probeBytes` where it has as many
 */
export function encodingOf(start: Buffer): Encoding | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start.includes(0)) return undefined;
  const whole = start.length < probeBytes ? start : start.subarray(0, lastBegun(start));
  return isUtf8(whole) ? 'utf-8' : 'latin1';
}

/** Where the last character begins: the file may go on within it. */
function lastBegun(bytes: Buffer): number {
  const isWithin = (at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  let at = bytes.length - 1;
  while (at > bytes.length - 4 && isWithin(at)) at -= 1;
  return Math.max(at, 0);
}

export function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const more = readSync(fd, bytes, got, length - got, offset + got);
    if (more === 0) break;
    got += more;
  }
  return bytes.subarray(0, got);
}

/** The most that the worker's memory allows for one file, whatever the settings say. */
const mostInMemory = 32 * 1024 * 1024;

const capOf = ({ maxBytes }: FileRules): number => Math.min(maxBytes, mostInMemory);

function bounded(sizeBytes: number, path: string, rules: FileRules): number {
  if (sizeBytes > capOf(rules)) throw tooLarge(path, capOf(rules));
  return sizeBytes;
}

function unzip(packed: Buffer, path: string, rules: FileRules): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: capOf(rules) });
  } catch (cause) {
    if (errnoOf(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(path, capOf(rules));
    throw new Problem('unavailable', { detail: `${quote(path)} begins as gzip and is broken.`, cause });
  }
}

const tooLarge = (path: string, cap: number): Problem =>
  new Problem('path_refused', {
    detail: `${quote(path)} has more than ${cap} bytes of text to decode.`,
    hint: 'The operator sets the limit with security.max_file_size.',
  });
