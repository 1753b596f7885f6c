/** A tree of 200,000 small files in 10,000 folders, with odd names among them, for tests and benchmarks of searches. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const treeFolders = 10_000;
export const treeFiles = 200_000;

const perFolder = treeFiles / treeFolders;
const fanOut = 20;
const oddNames = [
  'with space',
  "quo'te",
  'dollar$',
  '-dash',
  'tab\there',
  'naïve-ü',
  '*star',
  '[class]',
  'back\\slash',
  'line\nbreak',
];

/** Each file says which it is; one in a hundred has a line with `needle` in it. */
export function makeLargeTree(root: string): void {
  const folders: string[] = [root];
  for (let n = 1; n < treeFolders; n++) {
    const parent = folders[Math.floor((n - 1) / fanOut)] ?? root;
    const folder = join(
      parent,
      n % 50 === 0 ? `${oddNames[(n / 50) % oddNames.length]}-${n}` : `folder-${n}`,
    );
    mkdirSync(folder);
    folders.push(folder);
  }
  let n = 0;
  for (const folder of folders) {
    for (let i = 0; i < perFolder; i++, n++) {
      const odd = n % 997 === 0 ? `${oddNames[(n / 997) % oddNames.length]} ` : '';
      const content = `file ${n}\n${n % 100 === 0 ? `here is the needle of ${n}\n` : ''}${'some text that is no match at all\n'.repeat(6)}`;
      writeFileSync(join(folder, `${odd}file-${n}.${['log', 'txt', 'conf'][n % 3]}`), content);
    }
  }
}
