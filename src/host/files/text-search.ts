/** Lines of files that have a text in them, as grep(1) finds them, of regular files alone. */

import { constants } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Problem } from '../../base/errors.ts';
import { type LineMatch, type LineMatcher, lineMatcher, type TextPattern } from './line-matcher.ts';
import { type Opened, withReadable } from './sandbox.ts';
import {
  entryMatcher,
  type Searched,
  type SearchKernel,
  type SearchNeeds,
  type SearchWish,
  search,
  shownBelow,
} from './search.ts';
import { encodingOf, probeBytes } from './source.ts';

export interface TextWish extends SearchWish, TextPattern {
  /** Name patterns: of the files that are searched, and of those that are not. */
  readonly include?: string | undefined;
  readonly exclude?: string | undefined;
  /** Lines told before and after each. */
  readonly context: number;
  /** Matching lines told of each file; all are counted. */
  readonly perFile: number;
  /** Matching lines told in all. */
  readonly limit: number;
  /** What goes beyond it is left to the next answer: cut later, behind the cursor's back, it would be lost. */
  readonly answerBytes: number;
}

export interface FileMatches {
  readonly path: string;
  /** Lines of it that match. */
  readonly count: number;
  /** The first of them. */
  readonly lines: readonly LineMatch[];
}

export interface TextFound extends Searched {
  readonly files: readonly FileMatches[];
  /** Files that were searched. */
  readonly searched: number;
  /** Files that were not: what is no text, may not be read, or has several names. */
  readonly binary: number;
  readonly refused: number;
  /** Files of which only the beginning was searched: they are longer than one question may read. */
  readonly cut: number;
}

/** More is never kept in memory, whatever the settings say. */
const mostInMemory = 32 * 1024 * 1024;

/** It is shown cut. */
const mostOfALine = 400;

/** Throws as `search`, `entryMatcher` and `lineMatcher` do. */
export function searchText(opened: Opened, wish: TextWish, needs: SearchNeeds): TextFound {
  const matcher = lineMatcher(wish);
  const include = wish.include === undefined ? () => true : entryMatcher(wish.include);
  const exclude = wish.exclude === undefined ? () => false : entryMatcher(wish.exclude);
  const reader = openReader(Math.min(needs.rules.maxBytes, mostInMemory), needs.kernel);
  const counts = { searched: 0, binary: 0, refused: 0, cut: 0 };
  const files: FileMatches[] = [];
  let lines = 0;
  let bytes = 0;

  const look = (fd: number, sizeBytes: number, pathOf: () => string): void => {
    const content = reader.read(fd, sizeBytes);
    if (content === undefined) {
      counts.binary += 1;
      return;
    }
    counts.searched += 1;
    if (content.cut) counts.cut += 1;
    const most = { lines: Math.min(wish.perFile, wish.limit - lines), bytes: wish.answerBytes - bytes };
    const found = findIn(matcher, content.bytes, wish, most);
    if (found.count === 0) return;
    const path = pathOf();
    lines += found.lines.length;
    bytes += JSON.stringify(found).length + path.length;
    files.push({ path, ...found });
  };

  if (opened.stats.isFile()) {
    withReadable(opened, needs.rules, (fd) => look(fd, Number(opened.stats.size), () => opened.path));
    const whole = { seen: 1, denied: 0, unreadable: 0, otherFileSystems: 0, ended: 'finished' } as const;
    return { path: opened.path, ...whole, ...counts, files };
  }
  const searched = search(opened, wish, needs, (entry, timeIsOver) => {
    // The limit ends it between two files: what goes on after this one has lost none.
    if (lines >= wish.limit || bytes >= wish.answerBytes) return false;
    if (entry.type !== 'file') return true;
    if (!include(entry) || exclude(entry)) return true;
    try {
      withFile(entry.place, needs, (fd, size) => look(fd, size, () => shownBelow(opened, entry.path)));
    } catch {
      counts.refused += 1;
    }
    timeIsOver();
    return true;
  });
  return { ...searched, ...counts, files };
}

/** A link in its place is not followed, and a FIFO does not hold it up. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What was opened is what is checked. */
function withFile(
  place: string,
  { rules, kernel }: SearchNeeds,
  use: (fd: number, sizeBytes: number) => void,
): void {
  kernel.withFile(place, flags, (fd) => {
    const { mode, nlink, size } = kernel.factsOf(fd);
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isFile || (nlink > 1 && !rules.allowHardlinks)) throw new Error('not to be read');
    use(fd, size);
  });
}

interface Content {
  /** As UTF-8, or in bytes that are read as Latin-1 where they are none. */
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** One buffer for all files: what it gives is good until it reads the next one. */
function openReader(mostBytes: number, { readAt }: SearchKernel) {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  const fill = (fd: number, size: number): Buffer => {
    const wanted = Math.min(mostBytes, size);
    if (buffer.length < wanted) buffer = Buffer.allocUnsafe(Math.min(mostBytes, wanted * 2));
    let length = 0;
    while (length < wanted) {
      const read = readAt(fd, buffer.subarray(length), wanted - length, length);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  };
  return {
    /** Undefined for what is no text. Throws the system's error, and where gzip is broken. */
    read(fd: number, size: number): Content | undefined {
      const raw = fill(fd, size);
      const cut = size > mostBytes;
      const isPacked = raw[0] === 0x1f && raw[1] === 0x8b;
      // Half of a packed file can't be opened, and one that holds more than may be read is not.
      if (isPacked && cut) throw new Problem('path_refused', { detail: 'too large to decompress' });
      const bytes = isPacked ? gunzipSync(raw, { maxOutputLength: mostBytes }) : raw;
      const encoding = encodingOf(bytes.length > probeBytes ? bytes.subarray(0, probeBytes) : bytes);
      if (encoding === undefined) return undefined;
      if (encoding === 'utf-8' || encoding === 'latin1') return { bytes, cut };
      return { bytes: Buffer.from(new TextDecoder(encoding).decode(bytes)), cut };
    },
  };
}

/** At most so many lines are told, the first one whatever its size, with those around them; all are counted. */
function findIn(
  matcher: LineMatcher,
  bytes: Buffer,
  { context }: TextWish,
  most: { readonly lines: number; readonly bytes: number },
): Omit<FileMatches, 'path'> {
  const lines: LineMatch[] = [];
  let count = 0;
  let told = 0;
  matcher(bytes, (found) => {
    count += 1;
    if (lines.length >= most.lines || (lines.length > 0 && told >= most.bytes)) return;
    const line = found(context);
    told += Math.min(JSON.stringify(line).length, mostOfALine);
    lines.push(line);
  });
  return { count, lines };
}
