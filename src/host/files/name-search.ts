/** Files by name, type, size, age and owner. */

import { lstatSync } from 'node:fs';
import type { MachineRoot } from '../../base/machine-root.ts';
import { readUserNames } from '../users.ts';
import { type FileFacts, type FileType, factsOf } from './facts.ts';
import type { Opened } from './sandbox.ts';
import {
  entryMatcher,
  type Searched,
  type SearchNeeds,
  type SearchWish,
  search,
  shownBelow,
} from './search.ts';
import { attempt, forNode } from './walk.ts';

export interface NameWish extends SearchWish {
  /** Absent: any name. */
  readonly glob?: string | undefined;
  readonly ignoreCase: boolean;
  /** Absent: any type. */
  readonly types?: readonly FileType[] | undefined;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAfterMs?: number | undefined;
  readonly modifiedBeforeMs?: number | undefined;
  /** By name, or by number as `uid N`. */
  readonly owner?: string | undefined;
  readonly limit: number;
  /** What goes beyond it is left to the next answer: cut later, behind the cursor's back, it would be lost. */
  readonly answerBytes: number;
}

export interface FoundName extends Partial<FileFacts> {
  /** Absolute. */
  readonly path: string;
  readonly type: FileType;
}

export interface NamesFound extends Searched {
  readonly found: readonly FoundName[];
}

/** Throws as `search` and `entryMatcher` do. */
export function searchNames(
  machine: MachineRoot,
  opened: Opened,
  wish: NameWish,
  needs: SearchNeeds,
): NamesFound {
  const users = readUserNames(machine);
  const matches = wish.glob === undefined ? () => true : entryMatcher(wish.glob, wish.ignoreCase);
  const types = wish.types && new Set(wish.types);
  const asksFacts = [
    wish.minBytes,
    wish.maxBytes,
    wish.modifiedAfterMs,
    wish.modifiedBeforeMs,
    wish.owner,
  ].some((one) => one !== undefined);
  const found: FoundName[] = [];
  let bytes = 0;
  const isFull = (): boolean => found.length === wish.limit || bytes >= wish.answerBytes;
  const searched = search(opened, wish, needs, (entry) => {
    const { type } = entry;
    if (types !== undefined && !types.has(type)) return true;
    if (!matches(entry)) return true;
    // Whether there is more than the limit is known without its facts, but not whether they fit.
    if (!asksFacts && isFull()) return false;
    // Undefined also in a folder that shows its names alone.
    const facts = attempt(() => factsOf(lstatSync(forNode(entry.place), { bigint: true }), users, machine));
    if (asksFacts && (facts === undefined || !fits(facts, wish))) return true;
    if (isFull()) return false;
    const row = { type, ...facts, path: shownBelow(opened, entry.path) };
    bytes += JSON.stringify(row).length;
    found.push(row);
    return true;
  });
  return { ...searched, found };
}

function fits(facts: FileFacts, wish: NameWish): boolean {
  const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY, owner } = wish;
  const { modifiedAfterMs = Number.NEGATIVE_INFINITY, modifiedBeforeMs = Number.POSITIVE_INFINITY } = wish;
  const modifiedMs = Date.parse(facts.modifiedAt);
  return (
    facts.sizeBytes >= minBytes &&
    facts.sizeBytes <= maxBytes &&
    modifiedMs >= modifiedAfterMs &&
    modifiedMs <= modifiedBeforeMs &&
    (owner === undefined || facts.owner === owner)
  );
}
