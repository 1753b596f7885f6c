/**
 * Patterns of file names: `*` for anything but a slash, `**` for that too, `?`, `[a-z]`, `[!a-z]` and `{a,b}`; `\` takes
 * what follows as it is. The time that a match takes grows with the name times the pattern, and never faster.
 */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';

export interface Glob {
  /** What it is matched with: paths where the pattern has a slash. */
  readonly of: 'name' | 'path';
  matches(text: string): boolean;
}

export const longestGlob = 256;
const mostAlternatives = 64;

type Token =
  | { readonly kind: 'one'; accepts(character: string): boolean }
  /** Any number of characters: of a name, or of a path. */
  | { readonly kind: 'any'; readonly slashes: boolean }
  /** Of two stars and a slash: nothing, or … */
  | { readonly kind: 'folders' }
  /** … all up to a slash. */
  | { readonly kind: 'in-folders' };

/** Throws `arguments_invalid` for what is no pattern. */
export function compileGlob(pattern: string, ignoreCase = false): Glob {
  if (pattern === '' || pattern.length > longestGlob) {
    throw refusal(pattern, `a pattern has 1 to ${longestGlob} characters`);
  }
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const patterns = alternatives(fold(pattern).replace(/^\//, ''));
  if (patterns.length > mostAlternatives)
    throw refusal(pattern, `more than ${mostAlternatives} alternatives`);
  const matchers = patterns.map(matcherOf);
  return {
    of: pattern.includes('/') ? 'path' : 'name',
    matches(text) {
      const folded = fold(text);
      return matchers.some((matches) => matches(folded));
    },
  };
}

const refusal = (pattern: string, what: string): Problem =>
  new Problem('arguments_invalid', {
    detail: `The pattern ${quote(pattern)} cannot be used: ${what}.`,
    hint: "For example '*.log', '**/conf.d/*.conf', 'app-{a,b}.[0-9]'; \\ takes a character as it is.",
  });

/** Each choice of `{a,b}` written out; braces may stand within braces. */
function alternatives(pattern: string): readonly string[] {
  const open = unescaped(pattern, '{');
  if (open < 0) return [pattern];
  const choices: string[] = [];
  let depth = 0;
  let begin = open + 1;
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if (character === ',' && depth === 1) {
      choices.push(pattern.slice(begin, at));
      begin = at + 1;
    } else if (character === '}' && --depth === 0) {
      choices.push(pattern.slice(begin, at));
      if (choices.length > mostAlternatives) throw tooMany(pattern);
      const [before, after] = [pattern.slice(0, open), pattern.slice(at + 1)];
      const all: string[] = [];
      for (const choice of choices) {
        all.push(...alternatives(before + choice + after));
        if (all.length > mostAlternatives) throw tooMany(pattern);
      }
      return all;
    }
  }
  throw refusal(pattern, "a '{' without its '}'");
}

const tooMany = (pattern: string): Problem => refusal(pattern, `more than ${mostAlternatives} alternatives`);

function unescaped(pattern: string, wanted: string): number {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === wanted) return at;
  }
  return -1;
}

function matcherOf(pattern: string): (text: string) => boolean {
  const plain = plainMatcher(pattern);
  if (plain !== undefined) return plain;
  const tokens = tokensOf(pattern);
  return (text) => run(tokens, text);
}

/** What nearly all patterns are: a name, or one with a star at its beginning or its end. */
function plainMatcher(pattern: string): ((text: string) => boolean) | undefined {
  const [, before = '', middle = '', after = ''] = /^(\*?)([^*?[\]{}\\/]*)(\*?)$/.exec(pattern) ?? [
    undefined,
    '',
    '',
    '?',
  ];
  if (after === '?') return undefined;
  if (before === '')
    return after === '' ? (text) => text === middle : (text) => text.startsWith(middle) && isName(text);
  return after === ''
    ? (text) => text.endsWith(middle) && isName(text)
    : (text) => text.includes(middle) && isName(text);
}

const isName = (text: string): boolean => !text.includes('/');

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const one = (accepts: (character: string) => boolean): Token => ({ kind: 'one', accepts });
  for (let at = 0; at < pattern.length; at++) {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    if (pattern.startsWith('**/', at)) {
      tokens.push({ kind: 'folders' }, { kind: 'in-folders' });
      at += 2;
    } else if (character === '*') {
      const slashes = pattern[at + 1] === '*';
      tokens.push({ kind: 'any', slashes });
      if (slashes) at += 1;
    } else if (character === '?') {
      tokens.push(one((it) => it !== '/'));
    } else if (character === '[') {
      const end = pattern.indexOf(
        ']',
        at + (/^\[[!^]?\]/.test(pattern.slice(at)) ? (pattern[at + 1] === ']' ? 2 : 3) : 1),
      );
      if (end < 0) throw refusal(pattern, "a '[' without its ']'");
      tokens.push(one(classOf(pattern.slice(at + 1, end))));
      at = end;
    } else if (character === '\\') {
      const next = pattern[at + 1];
      if (next === undefined) throw refusal(pattern, 'a \\ at its end');
      tokens.push(one((it) => it === next));
      at += 1;
    } else {
      tokens.push(one((it) => it === character));
      at += character.length - 1;
    }
  }
  return tokens;
}

function classOf(inside: string): (character: string) => boolean {
  const negated = /^[!^]/.test(inside);
  const members = negated ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? '';
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    ranges.push([from, isRange ? (members[at + 2] ?? from) : from]);
    if (isRange) at += 2;
  }
  return (it) => it !== '/' && ranges.some(([from, to]) => it >= from && it <= to) !== negated;
}

/** All places of the pattern at once that the text can have brought it to so far. */
function run(tokens: readonly Token[], text: string): boolean {
  let places = new Uint8Array(tokens.length + 1);
  places[0] = 1;
  skip(tokens, places);
  for (const character of text) {
    const next = new Uint8Array(tokens.length + 1);
    for (const [at, token] of tokens.entries()) {
      if (places[at] === 0) continue;
      if (token.kind === 'one') {
        if (token.accepts(character)) next[at + 1] = 1;
      } else if (token.kind === 'any') {
        if (token.slashes || character !== '/') next[at] = 1;
      } else if (token.kind === 'folders') {
        next[at + 1] = 1;
      } else {
        next[at] = 1;
        if (character === '/') next[at + 1] = 1;
      }
    }
    skip(tokens, next);
    places = next;
  }
  return places[tokens.length] === 1;
}

/** What may stand for nothing is passed over. */
function skip(tokens: readonly Token[], places: Uint8Array): void {
  for (const [at, token] of tokens.entries()) {
    if (places[at] === 0) continue;
    if (token.kind === 'any') places[at + 1] = 1;
    if (token.kind === 'folders') places[at + 2] = 1;
  }
}
