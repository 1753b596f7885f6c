/** What a tool is asked on a machine whose own programs can answer it too. */

import assert from 'node:assert/strict';
import type { Machine } from './machine.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a tool answers, as JSON
export type Answer = any;

/** What the machine's own programs say. */
export interface Own {
  text(...command: readonly string[]): string;
  lines(...command: readonly string[]): readonly string[];
}

export interface Question {
  /** None if absent. */
  args?(own: Own): Readonly<Record<string, unknown>>;
  /** The code that its examples fail with on a machine without a name server. */
  readonly examplesFail?: string;
  /** Throws where the machine itself says otherwise. */
  confirm(answer: Answer, own: Own): void;
}

export const ownOf = (machine: Machine): Own => ({
  text: (...command) => machine.output(...command).trim(),
  lines: (...command) =>
    machine
      .output(...command)
      .split('\n')
      .filter((line) => line !== ''),
});

/** By the names of tools. */
export type Questions = Readonly<Record<string, Question>>;

export const namesOf = (rows: readonly { readonly name: string }[]): readonly string[] =>
  rows.map(({ name }) => name);

/** In whatever order, and at least one. */
export function sameOnes(shown: readonly unknown[], own: readonly unknown[]): void {
  assert.ok(own.length > 0);
  assert.deepEqual([...shown].sort(), [...own].sort());
}
