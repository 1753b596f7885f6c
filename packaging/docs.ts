/** Writes what is generated of the documentation anew: parts between their marks, and man pages. `npm run docs`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { manualPages } from '../src/cli/manual.ts';
import { fillIn, generated } from '../src/cli/reference.ts';

const root = resolve(import.meta.dirname, '..');
for (const file of generated) {
  const path = join(root, file);
  writeFileSync(path, fillIn(readFileSync(path, 'utf8')));
}
for (const [name, write] of Object.entries(manualPages)) {
  writeFileSync(join(root, 'man', name), write());
}
