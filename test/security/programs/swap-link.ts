/** Swaps a name between a file and a symbolic link, and a folder's between a folder and a link, as fast as it can. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', secrets = ''] = process.argv.slice(2);
const names = { file: join(folder, 'file'), link: join(folder, 'link'), swapped: join(folder, 'swapped') };
mkdirSync(join(folder, 'real'));
writeFileSync(join(folder, 'real', 'inner'), 'harmless\n');
process.stdout.write('swapping\n');
for (;;) {
  writeFileSync(names.file, 'harmless\n');
  renameSync(names.file, names.swapped);
  symlinkSync(join(secrets, 'inner'), names.link);
  renameSync(names.link, names.swapped);
  // The folder: a real one, then a link of the same name.
  renameSync(join(folder, 'real'), join(folder, 'way'));
  renameSync(join(folder, 'way'), join(folder, 'real'));
  symlinkSync(secrets, join(folder, 'way'));
  rmSync(join(folder, 'way'));
}
