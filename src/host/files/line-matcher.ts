/**
 * Finds the lines of a text that match: a literal by its bytes, all else in a time that grows with the text and never
 * faster. For a thread that was started with V8's linear engine on.
 */

import { Problem } from '../../base/errors.ts';
import { compileLinear, type LinearPattern, literalIn } from '../../base/linear-regexp.ts';

export interface TextPattern {
  readonly pattern: string;
  /** Whether it is a regular expression; else it stands for itself. */
  readonly regexp: boolean;
  readonly ignoreCase: boolean;
  /** Only where it is a word of its own. */
  readonly word: boolean;
}

export interface LineMatch {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Calls `tell` for each line that matches, in their order; what that is given makes the answer for it. */
export type LineMatcher = (bytes: Buffer, tell: (found: (context: number) => LineMatch) => void) => void;

/** A line that is longer is shown around what was found in it. */
export const longestLine = 1000;

const newline = 0x0a;

/** Throws `arguments_invalid` for a pattern that the linear engine does not take. */
export function lineMatcher({ pattern, regexp, ignoreCase, word }: TextPattern): LineMatcher {
  if (pattern === '' || pattern.includes('\n')) {
    throw new Problem('arguments_invalid', {
      detail: 'The pattern is empty or has a line break, and lines are searched one by one.',
      hint: 'Search for a part of one line.',
    });
  }
  if (!regexp && !ignoreCase) return literalMatcher(Buffer.from(pattern), word);
  const compiled = compileLinear(regexp ? pattern : escaped(pattern), ignoreCase, word);
  const holds = regexp ? literalIn(pattern) : pattern;
  return regexpMatcher(compiled, ignoreCase ? holds.toLowerCase() : holds, ignoreCase);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function literalMatcher(needle: Buffer, word: boolean): LineMatcher {
  return (bytes, tell) => {
    let at = bytes.indexOf(needle);
    if (at < 0) return;
    const lines = lineCounter(bytes);
    while (at >= 0) {
      if (word && !isWord(bytes, at, needle.length)) {
        at = bytes.indexOf(needle, at + 1);
        continue;
      }
      const place = at;
      const end = endOf(bytes, at);
      tell((context) => matchAt(bytes, place, lines(place), context));
      at = end >= bytes.length ? -1 : bytes.indexOf(needle, end + 1);
    }
  };
}

const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f);

/** As \b has it: a boundary lies between what is of a word and what is not. */
const isWord = (bytes: Buffer, at: number, length: number): boolean =>
  isWordByte(bytes[at - 1]) !== isWordByte(bytes[at]) &&
  isWordByte(bytes[at + length - 1]) !== isWordByte(bytes[at + length]);

/** @param holds what a line must hold to match at all, in lower case where the case is ignored; may be empty */
function regexpMatcher(pattern: LinearPattern, holds: string, ignoreCase: boolean): LineMatcher {
  // Its bytes are the same in whatever the text is written in.
  const needle =
    holds !== '' && !ignoreCase && /^[\u0000-\u007f]+$/.test(holds) ? Buffer.from(holds) : undefined;
  return (bytes, tell) => {
    if (needle !== undefined && bytes.indexOf(needle) < 0) return;
    const text = bytes.toString('latin1');
    const isAscii = !/[^\u0000-\u007f]/.test(text);
    const mayMatch = candidates(text, isAscii, pattern, holds, ignoreCase);
    const lines = lineCounter(bytes);
    for (let at = mayMatch(0); at >= 0 && at < text.length; ) {
      const start = startOf(bytes, at);
      const end = endOf(bytes, at);
      const own = isAscii ? text.slice(start, end) : decoded(bytes.subarray(start, end));
      const found = pattern.line.exec(own);
      if (found !== null) {
        // In text beyond ASCII the place is that of a character: near enough to show what is around it.
        const place = Math.min(start + found.index, end);
        tell((context) => matchAt(bytes, place, lines(place), context));
      }
      at = end >= text.length ? -1 : mayMatch(end + 1);
    }
  };
}

/** Where, from a place on, the next line is that may match; less than 0 where there is none. */
type Candidates = (from: number) => number;

/** Beyond ASCII upper and lower case are no matter of single bytes, and a character is not one: each line may match. */
function candidates(
  text: string,
  isAscii: boolean,
  { lines }: LinearPattern,
  holds: string,
  ignoreCase: boolean,
): Candidates {
  if (!isAscii) return (from) => from;
  if (holds === '') return inBlocks(text, lines);
  const searched = ignoreCase ? text.toLowerCase() : text;
  return (from) => searched.indexOf(holds, from);
}

/** Lines that are asked about at once. */
const blockLength = 4096;

/** Blocks in which no line matches are passed over at once, and each is looked at once. */
function inBlocks(text: string, lines: RegExp): Candidates {
  let end = 0;
  return (from) => {
    for (let at = from; at < text.length; at = end) {
      if (at < end) return at;
      const newlineAt = text.indexOf('\n', at + blockLength);
      end = newlineAt < 0 ? text.length : newlineAt + 1;
      if (lines.test(text.slice(at, end))) return at;
    }
    return -1;
  };
}

/** As UTF-8; as Latin-1 where it is none. */
function decoded(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

/** Counts on from the last place that it was asked for. */
function lineCounter(bytes: Buffer): (place: number) => number {
  let line = 1;
  let counted = 0;
  return (place) => {
    for (
      let at = bytes.indexOf(newline, counted);
      at >= 0 && at < place;
      at = bytes.indexOf(newline, at + 1)
    ) {
      line += 1;
      counted = at + 1;
    }
    return line;
  };
}

const startOf = (bytes: Buffer, at: number): number =>
  at === 0 ? 0 : bytes.lastIndexOf(newline, at - 1) + 1;

function endOf(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(newline, at);
  return end < 0 ? bytes.length : end;
}

function matchAt(bytes: Buffer, place: number, line: number, context: number): LineMatch {
  const start = startOf(bytes, place);
  const end = endOf(bytes, place);
  const before: string[] = [];
  for (let at = start; before.length < context && at > 0; ) {
    const above = startOf(bytes, at - 1);
    before.unshift(windowOf(bytes, above, at - 1, above));
    at = above;
  }
  const after: string[] = [];
  for (let at = end + 1; after.length < context && at < bytes.length; ) {
    const below = endOf(bytes, at);
    after.push(windowOf(bytes, at, below, at));
    at = below + 1;
  }
  return { line, text: windowOf(bytes, start, end, place), before, after };
}

/** The line, or of a long one what is around a place in it. */
function windowOf(bytes: Buffer, start: number, end: number, place: number): string {
  if (end - start <= longestLine) return decoded(bytes.subarray(start, end));
  const from = Math.max(start, Math.min(place - longestLine / 4, end - longestLine));
  const to = Math.min(end, from + longestLine);
  const text = bytes.subarray(characterAt(bytes, from), characterAt(bytes, to));
  return `${from > start ? '…' : ''}${decoded(text)}${to < end ? '…' : ''}`;
}

/** The start of the character that a byte belongs to. */
function characterAt(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && at - start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
