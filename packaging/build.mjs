/**
 * Bundles the sources into dist/: main.mjs and its workers, with the native parts beside them in
 * dist/node_modules. Packages and the benchmark use it; it needs nothing else of this folder.
 * `npm_config_arch` chooses the architecture of the native parts.
 */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const out = join(root, 'dist');
const modules = join(root, 'node_modules');
const arch = process.env.npm_config_arch ?? process.arch;

rmSync(out, { recursive: true, force: true });
mkdirSync(out);

/** A worker is a file of its own, called like its source. */
const workers = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('-worker.ts'),
);

/** pino-roll asks for the whole of date-fns and uses five functions of it: the rest would cost 30 ms and 5 MB at each start. */
const dateFunctions = {
  name: 'date-functions',
  setup({ onResolve, onLoad }) {
    const used = ['format', 'addDays', 'addHours', 'parse', 'isValid'];
    onResolve({ filter: /^date-fns$/ }, () => ({ path: 'date-fns', namespace: 'date-functions' }));
    onLoad({ filter: /.*/, namespace: 'date-functions' }, () => ({
      contents: used.map((name) => `exports.${name} = require('date-fns/${name}').${name};`).join('\n'),
      resolveDir: modules,
    }));
  },
};

/**
 * To import node:http is to read all that it exports, and one of its getters loads undici, with TLS and HTTP/2 behind
 * it: 6 MB that the daemon has no use for. Taken by require, only what is used is read.
 */
const plainHttp = {
  name: 'plain-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'plain-http' }));
    onLoad({ filter: /.*/, namespace: 'plain-http' }, () => ({
      contents: "module.exports = process.getBuiltinModule('node:http');",
    }));
  },
};

/** Of dockerode only what speaks over the engine's socket is used: no builds, no ssh. */
const plainDocker = {
  name: 'plain-docker',
  setup({ onResolve, onLoad }) {
    const unused = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2|tar-fs|@balena\/dockerignore)$/;
    onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'plain-docker' }));
    onLoad({ filter: /.*/, namespace: 'plain-docker' }, () => ({ contents: 'module.exports = {};' }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'src/main.ts', out: 'main' },
    ...workers.map((file) => ({ in: join('src', file), out: file.split('/').at(-1).replace(/\.ts$/, '') })),
  ],
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node22.15',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  external: ['koffi', 'sd-notify'],
  logLevel: 'warning',
  plugins: [dateFunctions, plainHttp, plainDocker],
  // CommonJS inside the bundle asks for Node's own modules by require().
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
});

/** What runs of each native part; the rest of its package is sources and documentation. */
const nativeParts = {
  koffi: ['package.json', 'LICENSE.txt', 'index.js', 'src/koffi/index.js', 'src/koffi/src/static.js'],
  [`@koromix/koffi-linux-${arch}`]: ['package.json', 'index.js', `linux_${arch}`],
  'sd-notify': ['package.json', 'LICENSE', 'index.js', 'build/Release/notify.node'],
  bindings: ['package.json', 'LICENSE.md', 'bindings.js'],
  'file-uri-to-path': ['package.json', 'LICENSE', 'index.js'],
};

/** Without a compiler there is no sd-notify: the bundle runs, and says so where systemd waits for it. */
const optional = new Set(['sd-notify', 'bindings', 'file-uri-to-path']);

for (const [name, files] of Object.entries(nativeParts)) {
  for (const file of files) {
    const from = join(modules, name, file);
    if (!existsSync(from)) {
      if (optional.has(name)) continue;
      throw new Error(`${from} is missing: run npm ci`);
    }
    const to = join(out, 'node_modules', name, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true });
  }
}

const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify({ name, version, license, type: 'module' }, null, 2)}\n`,
);
