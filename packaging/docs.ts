/** Writes the generated parts of the documentation anew, between their marks: `npm run docs`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillIn, generated } from '../src/cli/reference.ts';

const root = resolve(import.meta.dirname, '..');
for (const file of generated) {
  const path = join(root, file);
  writeFileSync(path, fillIn(readFileSync(path, 'utf8')));
}
