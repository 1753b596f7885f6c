/**
 * Secrets recognised by their shape or by the name they stand under, each replaced by a pseudonym that is the same for
 * the same secret as long as this process lives: two places can be compared and nothing can be read back. It knows
 * nothing of where the text goes.
 */

import { hash, randomBytes } from 'node:crypto';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { cleanText } from './clean-text.ts';
import { hint, memberName, named, shapes } from './secret-shapes.ts';

export interface Redaction {
  readonly text: string;
  /** How many secrets were replaced. */
  readonly count: number;
}

/** Handed to every worker, so that all threads call a secret the same. */
const pseudonymKey = String(getEnvironmentData('pseudonymKey') ?? randomBytes(32).toString('hex'));
setEnvironmentData('pseudonymKey', pseudonymKey);

const pseudonym = (secret: string): string => `‹secret:${hash('sha256', pseudonymKey + secret).slice(0, 4)}›`;

const quote = /\\{0,8}["']/y;
const assigned = /\s{0,4}(?:=>|:=|[=:])\s{0,4}\[?/y;
const nextWord = /\s{1,4}(?!-)/y;
const nextEntry = /\s{0,4},\s{0,4}(?!["']-)/y;
const bare = /[^\s"'\\&‹]*[^\s"'\\&‹,;)}\]]/y;
const restOfLine = /[^\n\r"'\\]+/y;
const option = /(?:^|[\s"'])--?[A-Za-z0-9_-]{0,40}$/;
/** Credentials of headers have blanks in them. */
const header = /^(?:proxy-?)?authorization$|^cookies?$/i;
const nothingSecret = /^(?:null|true|false|undefined|none|nil|\*+|(?:\w{1,16} )?‹secret:[0-9a-f]{4}›.?)$/i;

/**
 * Replaces what has the shape of a secret and what stands under the name of one: `password=…`, `--token …`,
 * `"apiKey": "…"`. Takes time in proportion to the length of the text; JSON stays JSON; twice is the same as once.
 */
export function redactText(text: string): Redaction {
  if (!hint.test(text)) return { text, count: 0 };
  let count = 0;
  let left = text;
  for (const shape of shapes) {
    left = left.replace(shape, (_whole, before: string, secret: string) => {
      count += 1;
      return before + pseudonym(secret);
    });
  }
  const parts: string[] = [];
  let done = 0;
  for (let at = nextNamed(left, 0); at !== undefined; at = nextNamed(left, at.end)) {
    if (at.start === at.end) continue;
    count += 1;
    parts.push(left.slice(done, at.start), pseudonym(left.slice(at.start, at.end)));
    done = at.end;
  }
  return { text: parts.length === 0 ? left : parts.join('') + left.slice(done), count };
}

interface Span {
  readonly start: number;
  /** Equal to `start` where the name has no secret behind it. */
  readonly end: number;
}

/** Where the next name of a secret has its value. */
function nextNamed(text: string, from: number): Span | undefined {
  named.lastIndex = from;
  const name = named.exec(text);
  if (name === null) return undefined;
  const after = named.lastIndex;
  const nothing = { start: after, end: after };
  const closing = skip(quote, text, after);
  const behind = closing ?? after;
  const isOption = option.test(text.slice(Math.max(0, name.index - 48), name.index));
  const start =
    skip(assigned, text, behind) ??
    (isOption ? skip(closing === undefined ? nextWord : nextEntry, text, behind) : undefined);
  if (start === undefined) return nothing;
  const value = valueAt(text, start, closing !== undefined, header.test(name[0]));
  if (value === undefined || nothingSecret.test(text.slice(value.start, value.end))) return nothing;
  // The shell's working directory.
  if (/^pwd$/i.test(name[0]) && text[value.start] === '/') return nothing;
  return value;
}

/** Where a match of a sticky pattern at `at` ends, or undefined. */
function skip(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** A value in quotes up to their like, a bare one up to a blank; a quoted name has no bare value but in JSON a number. */
function valueAt(text: string, at: number, quotedName: boolean, inHeader: boolean): Span | undefined {
  const start = skip(quote, text, at);
  if (start === undefined) {
    const end = quotedName ? undefined : skip(inHeader ? restOfLine : bare, text, at);
    return end === undefined ? undefined : { start: at, end };
  }
  return { start, end: closingQuote(text, start) };
}

/**
 * Where the text in quotes that begins at `start` ends: JSON inside of JSON escapes its quotes with one backslash more
 * than twice as many at each level, and a quote inside of the text with as many again. Without an end: the line's.
 */
function closingQuote(text: string, start: number): number {
  const mark = text[start - 1] ?? '"';
  const level = backslashesBefore(text, start - 1);
  for (let at = text.indexOf(mark, start); at !== -1; at = text.indexOf(mark, at + 1)) {
    const found = Math.min(backslashesBefore(text, at), at - start);
    if ((found - level) % (2 * (level + 1)) === 0) return at - level;
  }
  const line = text.indexOf('\n', start);
  return line === -1 ? text.length : line;
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text[at - 1 - count] === '\\') count += 1;
  return count;
}

export interface RedactedValue {
  readonly value: unknown;
  readonly count: number;
}

/** The bounds of a copy: of one text, of all texts together, of nesting, of one list or object, of all of them. */
const longestText = 1024;
const mostText = 8192;
const deepest = 8;
const widest = 100;
const mostValues = 1000;

/** So much is read beyond what is kept, and so much of that thrown away: no secret is recognised by its half. */
const margin = 8192;
const longestToken = 4096;

/**
 * A copy of a value fit for the record: secrets replaced by name and by shape, texts cleaned, and what is too long, too
 * wide or too deep cut with a mark that says how much there was. Takes whatever there is: errors, dates and bytes too.
 * @param names further names under which secrets stand
 */
export function redactValue(value: unknown, names: readonly string[] = []): RedactedValue {
  let count = 0;
  let textLeft = mostText;
  let valuesLeft = mostValues;

  const redacted = (text: string): string => {
    const result = redactText(cleanText(text));
    count += result.count;
    return result.text;
  };

  const visitText = (text: string): string => {
    const kept = Math.min(longestText, textLeft);
    const window = text.slice(0, kept + margin);
    let clean = redacted(window);
    if (window.length < text.length) clean = clean.slice(0, -longestToken);
    const shown = cleanText(clean, kept);
    textLeft -= shown.length;
    return text.length > window.length || clean.length > kept
      ? `${shown} (${text.length} characters)`
      : shown;
  };

  const visitMembers = (given: object, depth: number): unknown => {
    const members = Object.keys(given);
    const kept = members
      .slice(0, widest)
      .map((name) => [redacted(name.slice(0, 128)), visit(read(given, name), name, depth + 1)] as const);
    return Object.fromEntries(members.length > widest ? [...kept, ['…', `${members.length} members`]] : kept);
  };

  const visit = (given: unknown, name: string, depth: number): unknown => {
    if (given === undefined || given === null || typeof given === 'boolean') return given;
    if (names.includes(name) || memberName.test(name.slice(-128))) {
      count += 1;
      return pseudonym(typeof given === 'string' ? given : plainText(given));
    }
    if (typeof given === 'number') return given;
    valuesLeft -= 1;
    if (valuesLeft < 0 || textLeft <= 0) return '… (left out)';
    if (typeof given === 'string') return visitText(given);
    if (typeof given === 'function') return '… (function)';
    if (typeof given !== 'object') return visitText(String(given));
    if (given instanceof Error) return visitText(`${given.name}: ${given.message}`);
    if (given instanceof Date) return plainText(given);
    if (ArrayBuffer.isView(given)) return `… (${given.byteLength} bytes)`;
    if (depth >= deepest) return '… (nested deeper)';
    if (!Array.isArray(given)) return visitMembers(given, depth);
    const kept = given.slice(0, widest).map((entry) => visit(entry, '', depth + 1));
    return given.length > widest ? [...kept, `… (${given.length} entries)`] : kept;
  };

  return { value: visit(value, '', 0), count };
}

/** A member, whatever its getter does. */
function read(from: object, name: string): unknown {
  try {
    return (from as Record<string, unknown>)[name];
  } catch {
    return '… (unreadable)';
  }
}

function plainText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '… (unreadable)';
  }
}
