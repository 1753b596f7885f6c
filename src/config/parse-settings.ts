/** YAML text of sections and settings, as a list of what it sets. Pure; knows which names there are, not what they mean. */

import { type Document, isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLError } from 'yaml';
import type { Fault } from './faults.ts';
import { unknownKey, unknownSection } from './unknown-key.ts';

/** One setting that a text gives a value to. */
export interface Given {
  readonly key: string;
  readonly value: unknown;
  /** The file with the line. */
  readonly place: string;
}

/** In our own words: those of the parser repeat pieces of the file, which may be secret. */
const sayings: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_ALIAS: 'an alias (*name) is malformed',
  BAD_DQ_ESCAPE: 'a text in double quotes has a \\ that means nothing; use single quotes',
  BAD_INDENT: 'the indentation is wrong, or a [ or { is not closed',
  BAD_SCALAR_START: 'a value begins with a character that means something in YAML; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'the indentation is wrong, or a value with ": " in it is not in quotes',
  DUPLICATE_KEY: 'this name stands here twice; keep one',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a name goes over several lines; is a colon missing, or the indentation wrong?',
  MULTIPLE_DOCS: 'a second document begins here (---); keep one in a file',
  NON_STRING_KEY: 'a name must be a text',
  TAB_AS_INDENT: 'the indentation has a tab; use spaces',
  TAG_RESOLVE_FAILED: 'tags (!name) are not taken',
  UNEXPECTED_TOKEN: 'something stands here that does not belong; is a quote, dash or space missing?',
};

/** Each alias may stand for a part that holds further aliases: without a bound a short file fills the memory. */
const mostAliases = 100;

/**
 * What the text sets; an empty one sets nothing. Faults carry the file with the line.
 * @param keys every valid key, `section.name`
 */
export function parseSettings(
  text: string,
  file: string,
  keys: readonly string[],
  faults: Fault[],
): readonly Given[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, stringKeys: true, logLevel: 'error' });
  const wrong = [...document.errors, ...document.warnings];
  for (const { code, pos } of wrong) {
    const { line, col } = lines.linePos(pos[0]);
    faults.push({ place: `${file}:${line}:${col}`, says: sayings[code] ?? 'this is not valid YAML' });
  }
  const tree = wrong.length === 0 ? treeOf(document, file, faults) : undefined;
  if (tree === undefined) return [];
  const lineOf = linesOf(document, lines);
  const placeOf = (...path: string[]) =>
    `${file}:${lineOf.get(path.join('.')) ?? lineOf.get(path[0] ?? '') ?? 1}`;

  return Object.entries(tree).flatMap(([section, entries]) => {
    const names = keys.filter((key) => key.startsWith(`${section}.`));
    if (names.length === 0) {
      faults.push({ place: placeOf(section), says: unknownSection(section, keys) });
      return [];
    }
    if (entries === null) return [];
    if (!isTree(entries)) {
      faults.push({
        place: placeOf(section),
        says: `${section} must be a map of settings, indented below "${section}:"`,
      });
      return [];
    }
    return Object.entries(entries).flatMap(([name, value]): Given[] => {
      const key = `${section}.${name}`;
      const place = placeOf(section, name);
      if (!names.includes(key)) faults.push({ place, says: unknownKey(key, keys) });
      else if (value === null)
        faults.push({ place, says: `${key} has no value; give it one or remove the line` });
      else return [{ key, value, place }];
      return [];
    });
  });
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The document as plain values; undefined where it is empty or a fault was found. */
function treeOf(document: Document, file: string, faults: Fault[]): Tree | undefined {
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: mostAliases });
  } catch (thrown) {
    if (!(thrown instanceof ReferenceError)) throw thrown;
    faults.push({ place: file, says: 'an alias (*name) stands for nothing, or for too much' });
    return undefined;
  }
  if (tree === null || isTree(tree)) return tree ?? undefined;
  faults.push({
    place: file,
    says: 'it must be a map of sections, such as "server:" with "port: 8080" below',
  });
  return undefined;
}

/** The line of each name that stands in the text itself: `section`, `section.name`. */
function linesOf(document: Document, lines: LineCounter): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const note = (pairs: readonly Pair[], before: string): void => {
    for (const { key, value } of pairs) {
      if (!isScalar(key) || !key.range) continue;
      const path = `${before}${key.value}`;
      found.set(path, lines.linePos(key.range[0]).line);
      if (before === '' && isMap(value)) note(value.items, `${path}.`);
    }
  };
  if (isMap(document.contents)) note(document.contents.items, '');
  return found;
}
