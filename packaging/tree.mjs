/** Lays out the files of a package as they stand on the machine: the bundle, the runtime, man pages, documents. Units are each packager's own. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const arch = process.env.npm_config_arch ?? process.arch;
const lib = 'usr/lib/systemmanager-mcp';
const doc = 'usr/share/doc/systemmanager-mcp';

/** Seconds since the epoch that date a package: SOURCE_DATE_EPOCH, or else the time of the newest commit. */
export const dateOfSources = () =>
  process.env.SOURCE_DATE_EPOCH ??
  execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();

/** For folders: what is in them keeps its modes. */
const asItIs = Symbol('as it is');

/** @param {string} tree the folder that becomes the root of the machine */
export function layOut(tree) {
  const put = (from, to, mode = 0o644) => {
    const path = join(tree, to);
    mkdirSync(dirname(path), { recursive: true });
    cpSync(join(root, from), path, { recursive: true });
    if (mode !== asItIs) chmodSync(path, mode);
  };
  const write = (to, content, mode = 0o644) => {
    const path = join(tree, to);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
  };

  execFileSync(process.execPath, ['packaging/build.mjs'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (!existsSync(join(root, 'dist/node_modules/sd-notify'))) {
    throw new Error('sd-notify is not built: install libsystemd-dev and a C++ compiler, then npm ci');
  }
  put('dist', lib, asItIs);
  const runtime = `node_modules/node-linux-${arch}`;
  put(`${runtime}/bin/node`, `${lib}/node`, 0o755);
  for (const binary of ['node', 'node_modules/sd-notify/build/Release/notify.node']) {
    execFileSync('strip', ['--strip-unneeded', join(tree, lib, binary)]);
  }
  write('usr/bin/systemmanager-mcp', `#!/bin/sh\nexec /${lib}/node /${lib}/main.mjs "$@"\n`, 0o755);
  put('packaging/config.yaml', 'etc/systemmanager/config.yaml', 0o640);

  for (const name of readdirSync(join(root, 'systemd'))) {
    if (name.endsWith('.preset')) put(`systemd/${name}`, `usr/lib/systemd/system-preset/${name}`);
    if (name.endsWith('.catalog')) put(`systemd/${name}`, `usr/lib/systemd/catalog/${name}`);
  }
  for (const name of readdirSync(join(root, 'systemd/drop-ins'))) {
    put(`systemd/drop-ins/${name}`, `${doc}/drop-ins/${name}`);
  }

  for (const name of readdirSync(join(root, 'man'))) {
    const page = readFileSync(join(root, 'man', name));
    // mtime 0 and no name in the header: the same page always gives the same bytes.
    write(`usr/share/man/man${name.at(-1)}/${name}.gz`, gzipSync(page, { level: 9 }));
  }
  const completion = (shell) =>
    execFileSync(process.execPath, ['dist/main.mjs', 'completion', shell], { cwd: root });
  write('usr/share/bash-completion/completions/systemmanager-mcp', completion('bash'));
  write('usr/share/zsh/vendor-completions/_systemmanager-mcp', completion('zsh'));
  write('usr/share/fish/vendor_completions.d/systemmanager-mcp.fish', completion('fish'));
  write(`${doc}/sbom.cdx.json`, bom());
  put('README.md', `${doc}/README.md`);
  write(`${doc}/changelog.gz`, gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }));
  write(`${doc}/third-party-licences.gz`, gzipSync(licences(), { level: 9 }));
}

/** The software bill of materials, CycloneDX, without what differs from one run to the next. */
function bom() {
  const made = execFileSync('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { serialNumber: _, ...rest } = JSON.parse(made);
  delete rest.metadata.timestamp;
  // npm calls it after the folder that it stands in.
  rest.metadata.component.name = 'systemmanager-mcp';
  return `${JSON.stringify(rest, null, 1)}\n`;
}

/** The licences of the runtime and of every package that runs, each text once under the names of its packages. */
function licences() {
  const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: root,
    encoding: 'utf8',
  });
  const names = new Map();
  const folders = listed.split('\n').filter((folder) => folder.startsWith(`${modules}/`));
  for (const folder of [...new Set(folders)].sort()) {
    const text = licenceIn(folder);
    if (text !== '') names.set(text, [...(names.get(text) ?? []), folder.split('/node_modules/').at(-1)]);
  }
  const line = '='.repeat(80);
  return [...names]
    .map(([text, packages]) => `${[...new Set(packages)].join(', ')}\n${line}\n${text}\n`)
    .join(`\n${line}\n`);
}

const licenceIn = (folder) =>
  readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
