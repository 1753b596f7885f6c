/** Builds the .rpm into build/, with rpmbuild, from a clean checkout after `npm ci`; dated as the .deb is. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dateOfSources, layOut } from './tree.mjs';

const root = resolve(import.meta.dirname, '..');
const work = join(root, 'build/rpm');
const tree = join(work, 'tree');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const npmArch = process.env.npm_config_arch ?? process.arch;
const arch = { x64: 'x86_64', arm64: 'aarch64' }[npmArch];
const { version: node } = JSON.parse(
  readFileSync(join(root, `node_modules/node-linux-${npmArch}/package.json`), 'utf8'),
);

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
layOut(tree);
for (const [kind, folder, ending = ''] of [
  [/\.(service|socket)$/, 'systemd/system'],
  [/\.sysusers$/, 'sysusers.d', '.conf'],
  [/\.tmpfiles$/, 'tmpfiles.d', '.conf'],
]) {
  for (const name of readdirSync(join(root, 'systemd')).filter((name) => kind.test(name))) {
    const as = ending === '' ? name : name.replace(kind, ending);
    cpSync(join(root, 'systemd', name), join(tree, 'usr/lib', folder, as));
  }
}

// Only macros of the command line make it the same bytes each time.
const macros = {
  _topdir: work,
  tree,
  ver: version,
  node,
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: 1,
  clamp_mtime_to_source_date_epoch: 1,
  _binary_payload: 'w7.xzdio',
};
execFileSync(
  'rpmbuild',
  [
    '-bb',
    `--target=${arch}`,
    ...Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]),
    join(root, 'packaging/rpm/systemmanager-mcp.spec'),
  ],
  {
    env: { ...process.env, SOURCE_DATE_EPOCH: dateOfSources() },
    stdio: ['ignore', 'inherit', 'inherit'],
  },
);
const name = `systemmanager-mcp-${version}-1.${arch}.rpm`;
cpSync(join(work, 'RPMS', arch, name), join(root, 'build', name));
console.log(`build/${name}`);
