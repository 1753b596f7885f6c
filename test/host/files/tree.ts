/** Trees of files for tests of searches, and the searches on them without a thread. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { openNative } from '../../../src/base/native.ts';
import type { FileRules } from '../../../src/host/files/rules.ts';
import { type Opened, withOpened } from '../../../src/host/files/sandbox.ts';
import type { SearchKernel, SearchNeeds, SearchProgress } from '../../../src/host/files/search.ts';

export const machine = liveMachine();

/** The working directory is the process's here: it stays where it is. */
export const kernel: SearchKernel = (await openNative()).fileReader(new Int32Array(1));

export interface Tree {
  readonly root: string;
  readonly rules: FileRules;
  readonly needs: SearchNeeds;
  readonly told: SearchProgress[];
  /** Runs a search in the folder, or in one below. */
  in<R>(use: (opened: Opened) => R, below?: string): R;
}

/** Files by their path below a new folder; a path that ends with a slash is an empty folder. */
export function treeOf(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Tree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tree-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const place = join(root, path);
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(place, content);
  }
  const rules = { roots: [root], deniedNames: ['*.key', '.ssh'], allowHardlinks: false, maxBytes: 1_000_000 };
  const told: SearchProgress[] = [];
  return {
    root,
    rules,
    told,
    needs: { rules, kernel, progress: (progress) => told.push(progress) },
    in: (use, below = '') => withOpened(machine, rules, join(root, below), use),
  };
}

export const anywhere = { path: '', crossFileSystems: false, timeMs: 60_000, answerBytes: 6_500 } as const;
