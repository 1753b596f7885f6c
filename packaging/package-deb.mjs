/**
 * Builds the .deb into build/, with debhelper, from a clean checkout after `npm ci`. The tree that it lays out is
 * the same for every kind of package; SOURCE_DATE_EPOCH, or else the time of the newest commit, dates all of it.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dateOfSources, layOut } from './tree.mjs';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'build/deb/systemmanager-mcp');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const arch = { x64: 'amd64', arm64: 'arm64' }[process.env.npm_config_arch ?? process.arch];

const epoch = dateOfSources();

rmSync(join(root, 'build/deb'), { recursive: true, force: true });
mkdirSync(source, { recursive: true });
layOut(join(source, 'tree'));
cpSync(join(root, 'packaging/deb'), join(source, 'debian'), { recursive: true });
for (const name of readdirSync(join(root, 'systemd')).filter((name) =>
  name.startsWith('systemmanager-mcp'),
)) {
  // debhelper calls a further unit of a package PACKAGE.UNIT.
  const unit = name.startsWith('systemmanager-mcp-') ? `systemmanager-mcp.${name}` : name;
  cpSync(join(root, 'systemd', name), join(source, 'debian', unit));
}
writeFileSync(join(source, 'debian/copyright'), copyright());
writeFileSync(join(source, 'debian/changelog'), changelog());

execFileSync('dpkg-buildpackage', ['--build=binary', '--no-sign', `--host-arch=${arch}`, '-d'], {
  cwd: source,
  env: { ...process.env, SOURCE_DATE_EPOCH: epoch, DEB_BUILD_OPTIONS: 'nocheck' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const name = `systemmanager-mcp_${version}_${arch}.deb`;
cpSync(join(root, 'build/deb', name), join(root, 'build', name));
console.log(`build/${name}`);

/** Debian's changelog has one entry: what changed stands in CHANGELOG.md, which is in the package. */
function changelog() {
  const date = new Date(Number(epoch) * 1000).toUTCString().replace('GMT', '+0000');
  return [
    `systemmanager-mcp (${version}) unstable; urgency=medium`,
    '',
    `  * Version ${version}: CHANGELOG.md says what is new.`,
    '',
    ` -- systemmanager-mcp maintainers <maintainers@systemmanager-mcp.example>  ${date}`,
    '',
  ].join('\n');
}

function copyright() {
  const indent = (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => (line.trim() === '' ? ' .' : ` ${line}`))
      .join('\n');
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  const holder = /^Copyright (?:\(c\) )?(.+)$/im.exec(license)?.[1];
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: systemmanager-mcp',
    'Comment: the licences of what is bundled stand in third-party-licences.gz beside this file.',
    '',
    'Files: *',
    `Copyright: ${holder}`,
    'License: Expat',
    indent(license),
    '',
  ].join('\n');
}
