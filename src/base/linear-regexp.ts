/**
 * A caller's regular expression on text from the machine, in time that grows with the text and never faster: V8's
 * linear engine, in a thread that lives as long as the search and is ended when it takes too long. What that engine
 * does not take is refused by its name.
 */

import { Problem } from './errors.ts';
import { quote } from './quote.ts';
import { startWorker } from './worker.ts';

/** From the thread: that the pattern is one, that it is none, or which texts of a batch have a match. */
export type MatchAnswer =
  | { readonly ready: true }
  | { readonly refused: string }
  | { readonly matches: readonly boolean[] };

export interface LinearMatcher {
  /**
   * Whether each text has a match. One batch at a time. Throws `deadline_exceeded`, and `unavailable` where the
   * thread ended.
   */
  match(texts: readonly string[]): Promise<readonly boolean[]>;
  close(): void;
}

export interface LinearMatcherOptions {
  /** JavaScript's syntax without flags. */
  readonly pattern: string;
  /** A-Z alone. */
  readonly ignoreCase?: boolean | undefined;
  /** For the start and for each batch. */
  readonly deadlineMs: number;
}

export const longestPattern = 512;

const memoryMegabytes = { old: 64, young: 8 };

const cannot: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, 'a lookahead or lookbehind'],
  [/^\(\?[a-z]*-?[a-z]*:(?<!\(\?:)/, 'flags inside of the pattern'],
  [/^\\(?:[1-9]|k<)/, 'a backreference'],
  [/^\\(?:[pP]|u)\{/, 'a Unicode property or \\u{…}'],
  [/^\{\d+(?:,\d*)?\}/, 'a repetition with so large a count'],
];

/** What in the pattern is beyond the engine or would mean something else there, in words; a count only `whenRefused`. */
function beyond(pattern: string, whenRefused: boolean): string | undefined {
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at, at + 16);
    const found = cannot.find(([what], place) => {
      if (inClass && !rest.startsWith('\\')) return false;
      return (whenRefused || place < cannot.length - 1) && what.test(rest);
    });
    if (found !== undefined) return found[1];
    if (rest.startsWith('\\')) at += 1;
    else if (rest.startsWith('[')) inClass = true;
    else if (rest.startsWith(']')) inClass = false;
  }
  return undefined;
}

const refusal = (pattern: string, what: string): Problem =>
  new Problem('arguments_invalid', {
    detail: `The pattern ${quote(pattern)} cannot be searched for: ${what}.`,
    hint: 'Valid are literals, classes, groups, |, *, +, ?, small counts, ^, $ and \\b, case-sensitive: [Ee]rror.',
  });

/** Throws `arguments_invalid` that names what is wrong with the pattern, as far as it shows without the engine. */
function check(pattern: string): void {
  if (pattern.length > longestPattern)
    throw refusal(pattern, `it is longer than ${longestPattern} characters`);
  try {
    RegExp(pattern);
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message.replace(/^.*: /s, '') : 'it is malformed';
    throw refusal(pattern, words);
  }
  const named = beyond(pattern, false);
  if (named !== undefined) throw refusal(pattern, `it has ${named}`);
}

const refusalOf = (pattern: string): Problem =>
  refusal(pattern, `it has ${beyond(pattern, true) ?? 'something that no bounded time is enough for'}`);

/** Throws `arguments_invalid` that names what is wrong with the pattern. The matcher must be closed. */
export async function openLinearMatcher({
  pattern,
  ignoreCase = false,
  deadlineMs,
}: LinearMatcherOptions): Promise<LinearMatcher> {
  check(pattern);
  const thread = openThread(ignoreCase ? ignoringCase(pattern) : pattern, deadlineMs);
  const answer = await thread.ask(undefined);
  if ('refused' in answer) {
    thread.close();
    throw refusalOf(pattern);
  }
  return {
    async match(texts) {
      const said = await thread.ask(texts);
      return 'matches' in said ? said.matches : [];
    },
    close: thread.close,
  };
}

export interface LinearPattern {
  /** For one line. */
  readonly line: RegExp;
  /** For several at once, of which it holds that one matches: it may be wrong there, but not where it holds that none does. */
  readonly lines: RegExp;
}

/**
 * The pattern as expressions whose time grows with the text and never faster, in a thread that has V8's linear engine
 * switched on. Throws `arguments_invalid` that names what is wrong with it.
 * @param word only where what it matches is a word of its own
 */
export function compileLinear(pattern: string, ignoreCase: boolean, word: boolean): LinearPattern {
  check(pattern);
  const own = ignoreCase ? ignoringCase(pattern) : pattern;
  const source = word ? `\\b(?:${own})\\b` : own;
  try {
    // Made at any rate: what this engine does not take is refused, whichever then runs.
    const linear = { line: new RegExp(source, 'l'), lines: new RegExp(source, 'lm') };
    return hasFewWays(pattern) ? { line: new RegExp(source), lines: new RegExp(source, 'm') } : linear;
  } catch {
    throw refusalOf(pattern);
  }
}

/** Each doubles the ways in which a pattern can match from one place. */
const mostChoices = 6;

/**
 * Whether the usual engine, some fifty times as fast, is linear too: where nothing is repeated but a set number of times
 * there are few ways to match from a place, and it tries no more than those.
 */
export function hasFewWays(pattern: string): boolean {
  const bare = withoutClasses(pattern).replace(/\(\?(?::|<\w+>)/g, '(');
  if (/[*+]|\{\d+,|\)\{/.test(bare)) return false;
  return (bare.match(/[|?]/g) ?? []).length <= mostChoices;
}

/** Each escape and each class replaced by a dot. */
const withoutClasses = (pattern: string): string =>
  pattern.replace(/\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[A-Za-z]|.)/gs, '.').replace(/\[[^\]]*\]/g, '.');

const letter = /[A-Za-z]/;
const bothCases = (text: string): string => text.toLowerCase() + text.toUpperCase();

/** The engine knows no flag for it: each letter (A-Z) is spelled in both cases. */
export function ignoringCase(pattern: string): string {
  let source = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '\\') {
      const [whole = ''] = /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[A-Za-z]|.)/s.exec(pattern.slice(at)) ?? [];
      source += whole;
      at += whole.length - 1;
    } else if (inClass) {
      const [range] = /^[A-Za-z]-[A-Za-z]/.exec(pattern.slice(at)) ?? [];
      if (character === ']') inClass = false;
      if (range !== undefined) {
        source += range + rangesOf(range);
        at += 2;
      } else source += letter.test(character) ? bothCases(character) : character;
    } else if (character === '(' && pattern.startsWith('(?<', at)) {
      // The name of a group.
      const end = pattern.indexOf('>', at);
      source += pattern.slice(at, end + 1);
      at = end;
    } else {
      if (character === '[') inClass = true;
      source += letter.test(character) ? `[${bothCases(character)}]` : character;
    }
  }
  return source;
}

/** The other case of a range; one that spans both has it already, or more. */
function rangesOf(range: string): string {
  const [from = '', , to = ''] = range;
  const isLower = (one: string): boolean => one >= 'a';
  if (isLower(from) === isLower(to)) return isLower(from) ? range.toUpperCase() : range.toLowerCase();
  return `${from.toLowerCase()}-zA-${to.toUpperCase()}`;
}

/** A text that every match holds, the longest that is easily seen; empty where none is. */
export function literalIn(pattern: string): string {
  let outside = withoutClasses(pattern);
  for (let before = ''; before !== outside; ) {
    before = outside;
    outside = before.replace(/\([^()]*\)/g, '.');
  }
  if (/[|()[\]]/.test(outside)) return '';
  // What may be missing is left out with what says so.
  const runs = outside.replace(/.(?:[*?]|\{[^}]*\})\??/g, '\n').split(/[.^$+{}\n]/);
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

interface Thread {
  /** Without a message: its first word. */
  ask(message: unknown): Promise<MatchAnswer>;
  close(): void;
}

function openThread(pattern: string, deadlineMs: number): Thread {
  const worker = startWorker({
    file: 'linear-regexp-worker',
    beside: import.meta.url,
    name: 'systemmanager-regexp',
    data: pattern,
    memoryMegabytes,
  });
  const close = (): void => void worker.terminate().catch(() => {});
  let said: MatchAnswer | undefined;
  let failure: Problem | undefined;
  let settle: (() => void) | undefined;
  const fail = (problem: Problem): void => {
    failure ??= problem;
    close();
    settle?.();
  };
  const ended = (cause: unknown): void =>
    fail(new Problem('unavailable', { detail: 'The search for the pattern ended early.', cause }));
  worker.on('error', ended);
  worker.on('exit', ended);
  worker.on('message', (answer: MatchAnswer) => {
    said = answer;
    settle?.();
  });
  const late = (): void =>
    fail(new Problem('deadline_exceeded', { detail: 'The search for the pattern took too long.' }));
  const ask = (message: unknown): Promise<MatchAnswer> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(late, deadlineMs);
      settle = () => {
        if (failure === undefined && said === undefined) return;
        clearTimeout(timer);
        settle = undefined;
        if (failure !== undefined) reject(failure);
        else if (said !== undefined) resolve(said);
        said = undefined;
      };
      if (message !== undefined) worker.postMessage(message);
      settle();
    });
  return { ask, close };
}
