/** Compares with a file in test/golden; `UPDATE_GOLDEN=1` accepts what is new, except where CI runs. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = join(import.meta.dirname, 'golden');
const accepts = process.env['UPDATE_GOLDEN'] === '1' && process.env['CI'] !== 'true';

export function matchesGolden(name: string, text: string): void {
  const file = join(folder, name);
  if (accepts) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.ok(existsSync(file), `${name} is missing: read the change, then UPDATE_GOLDEN=1 npm run unit`);
  assert.equal(text, readFileSync(file, 'utf8'), `${name} has changed`);
}

/** JSON as it is kept in golden files: pseudonyms of secrets are others in each process. */
export const goldenJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(/‹secret:[0-9a-f]{4}›/g, '‹secret:…›')}\n`;
