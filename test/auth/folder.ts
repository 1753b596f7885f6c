/** A folder for one test, gone when the test ends. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'auth-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
