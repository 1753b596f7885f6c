/** A part of a text file, by lines or from a byte on, reading only what is needed for it. */

import { cleanText } from '../../base/clean-text.ts';
import { redactText } from '../../base/secrets.ts';
import type { FileRules } from './rules.ts';
import { type Opened, withReadable } from './sandbox.ts';
import { type Encoding, openSource, type Source } from './source.ts';

export interface Part {
  readonly from: 'start' | 'end';
  /** How many lines at the most. */
  readonly lines: number;
  /** The first line, counted from 1; with `from: 'start'`. */
  readonly fromLine?: number | undefined;
  /** The first byte of the text; instead of `fromLine`. */
  readonly fromByte?: number | undefined;
  /** The byte of the text before which it ends; with `from: 'start'`. */
  readonly toByte?: number | undefined;
  /** The most bytes of the answer, as JSON. */
  readonly answerBytes: number;
}

export interface Content {
  readonly path: string;
  readonly sizeBytes: number;
  /** Absent for what is no text. */
  readonly text?: {
    readonly encoding: Encoding;
    readonly compressed: boolean;
    readonly content: string;
    /** Of the text that `content` shows; the end is where the next part begins. */
    readonly firstByte: number;
    readonly endByte: number;
    readonly textBytes: number;
    readonly secretsHidden: number;
    /** Whether the wanted part was longer than the answer may be. */
    readonly cut: boolean;
  };
}

const newline = 0x0a;
const blockBytes = 65_536;

/** Throws as `withReadable` and `openSource` do. */
export function readContent(opened: Opened, part: Part, rules: FileRules): Content {
  const sizeBytes = Number(opened.stats.size);
  return withReadable(opened, rules, (fd) => {
    const source = openSource(fd, sizeBytes, opened.path, rules);
    const known = { path: opened.path, sizeBytes };
    return source === undefined ? known : { ...known, text: partOf(source, part, rules.maxBytes) };
  });
}

function partOf(source: Source, part: Part, maxBytes: number): NonNullable<Content['text']> {
  const range = part.from === 'end' ? lastLines(source, part) : firstLines(source, part, maxBytes);
  let { firstByte, bytes, cut } = range;
  // Escapes and other encodings make the text longer than its bytes: it is shortened until it fits.
  for (;;) {
    const { text, count } = redactText(cleanText(decode(bytes, source.encoding)));
    const length = Buffer.byteLength(JSON.stringify(text));
    if (length <= part.answerBytes || bytes.length <= 1) {
      const { encoding, compressed, sizeBytes } = source;
      const place = { firstByte, endByte: firstByte + bytes.length, textBytes: sizeBytes };
      return { encoding, compressed, content: text, ...place, secretsHidden: count, cut };
    }
    cut = true;
    const keep = Math.max(1, Math.floor(bytes.length * Math.min(0.9, part.answerBytes / length)));
    if (part.from === 'end') {
      const start = lineAfter(bytes, bytes.length - keep);
      firstByte += start;
      bytes = bytes.subarray(start);
    } else {
      bytes = bytes.subarray(0, lineBefore(bytes, keep));
    }
  }
}

const decode = (bytes: Buffer, encoding: Encoding): string =>
  encoding === 'latin1' ? bytes.toString('latin1') : bytes.toString('utf8');

/** The end of the last whole line within `most` bytes, or of the last whole character where one line is longer. */
function lineBefore(bytes: Buffer, most: number): number {
  const end = bytes.lastIndexOf(newline, most - 1) + 1;
  if (end > 0) return end;
  let cut = most;
  while (cut > 1 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return cut;
}

/** The start of the first whole line from `least` on, or of the first character where there is none. */
function lineAfter(bytes: Buffer, least: number): number {
  const start = bytes.indexOf(newline, least - 1) + 1;
  if (start > 0 && start < bytes.length) return start;
  let cut = least;
  while (cut < bytes.length - 1 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut++;
  return cut;
}

interface Range {
  readonly firstByte: number;
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** The last lines, found from the end on; no more is read than an answer can hold. */
function lastLines(source: Source, { lines, answerBytes }: Part): Range {
  const wanted = Math.min(source.sizeBytes, answerBytes);
  const firstByte = source.sizeBytes - wanted;
  const bytes = source.read(firstByte, wanted);
  let start = bytes.length;
  // The newline that ends the file begins no line.
  let at = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length;
  for (let found = 0; found < lines; found++) {
    at = at === 0 ? -1 : bytes.lastIndexOf(newline, at - 1);
    start = at + 1;
    if (at < 0) break;
  }
  const cut = at < 0 && firstByte > 0;
  if (cut) start = lineAfter(bytes, 1);
  return { firstByte: firstByte + start, bytes: bytes.subarray(start), cut };
}

function firstLines(
  source: Source,
  { lines, fromLine = 1, fromByte, toByte = source.sizeBytes, answerBytes }: Part,
  maxBytes: number,
): Range {
  const firstByte = fromByte ?? startOfLine(source, fromLine, maxBytes);
  const last = Math.min(toByte, source.sizeBytes);
  const bytes = source.read(firstByte, Math.max(0, Math.min(answerBytes, last - firstByte)));
  let end = 0;
  for (let found = 0; found < lines && end < bytes.length; found++) {
    const at = bytes.indexOf(newline, end);
    if (at < 0) {
      const more = firstByte + bytes.length < last;
      return {
        firstByte,
        bytes: more ? bytes.subarray(0, lineBefore(bytes, bytes.length)) : bytes,
        cut: more,
      };
    }
    end = at + 1;
  }
  return { firstByte, bytes: bytes.subarray(0, end), cut: false };
}

/** Where a line begins; where the file has fewer, or the limit ends the search, the place that was reached. */
function startOfLine(source: Source, line: number, maxBytes: number): number {
  let before = line - 1;
  let offset = 0;
  while (before > 0 && offset < maxBytes) {
    const block = source.read(offset, blockBytes);
    if (block.length === 0) break;
    let at = -1;
    do {
      at = block.indexOf(newline, at + 1);
      if (at >= 0) before -= 1;
    } while (at >= 0 && before > 0);
    offset += at >= 0 ? at + 1 : block.length;
  }
  return offset;
}
