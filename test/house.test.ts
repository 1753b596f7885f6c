/** The plan of the house: which room may import which, which library lives where, and why. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const src = resolve(import.meta.dirname, '../src');

/** Each room with the rooms it may import. A room may always import from itself. */
const floors: Record<string, string[]> = {
  // Words and instruments that know nothing of this product's business.
  base: [],
  // Who may do what: vocabulary of everything above.
  auth: ['base'],
  // One level, side by side: settings, the record and the machine do not know one another.
  config: ['auth', 'base'],
  audit: ['auth', 'base'],
  host: ['base'],
  // A tool knows the machine and the words of permission.
  tools: ['host', 'audit', 'auth', 'base'],
  // One dispatcher knows tools and callers; of the settings it is handed functions, of the host only the type.
  dispatch: ['tools', 'host', 'audit', 'auth', 'base'],
  // Wires know how to reach the dispatcher and nothing of the machine or the settings.
  transport: ['dispatch', 'audit', 'auth', 'tools', 'base'],
  daemon: ['transport', 'dispatch', 'tools', 'host', 'audit', 'config', 'auth', 'base'],
  cli: ['daemon', 'transport', 'dispatch', 'tools', 'host', 'audit', 'config', 'auth', 'base'],
  'main.ts': ['cli', 'base'],
};

/** A library may be imported only by files whose path begins so: replacing it is one place. */
const libraries: Record<string, string[]> = {
  koffi: ['base/native.ts'],
  pino: ['base/log.ts'],
  'pino-roll': ['base/log.ts'],
  'pino-pretty': ['base/log.ts'],
  convict: ['config/'],
  yaml: ['config/'],
  ajv: ['dispatch/validate.ts', 'config/'],
  typebox: ['tools/'],
  dockerode: ['host/docker/'],
  systeminformation: ['host/inventory'],
  'sd-notify': ['daemon/systemd.ts'],
  '@modelcontextprotocol/sdk': ['transport/mcp/'],
};

const only: { what: RegExp; where: RegExp; why: string }[] = [
  {
    what: /process\.env\b/,
    where: /^(config\/load|daemon\/listeners|daemon\/systemd)\.ts$/,
    why: 'what the environment says is read in three places',
  },
  {
    what: /\bconsole\.|process\.exit\(/,
    where: /^(main\.ts|cli\/)/,
    why: 'only the command line speaks to the terminal or ends the process',
  },
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort();

const roomOf = (file: string): string => file.split('/')[0] ?? file;

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)[^'";]*?from\s*'([^']+)'/g)];
  const bare = [...text.matchAll(/(?:^|\n)\s*import\s*'([^']+)'/g)];
  const dynamic = [...text.matchAll(/import\(\s*'([^']+)'\s*\)/g)];
  return [...found, ...bare, ...dynamic].map((match) => match[1] ?? '');
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

test('there are files in every room', () => {
  assert.deepEqual([...new Set(files.map(roomOf))].sort(), Object.keys(floors).sort());
});

test('imports run downward only', () => {
  for (const file of files) {
    const room = roomOf(file);
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = roomOf(relative(src, resolve(src, file, '..', specifier)));
      const allowed = target === room || floors[room]?.includes(target);
      assert.ok(allowed, `${file} imports ${specifier}: ${room} must not know ${target}`);
    }
  }
});

test('no circle of imports', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(src, resolve(src, file, '..', name))),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test('one library, one room', () => {
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
      const library = packageOf(specifier);
      const homes = libraries[library];
      assert.ok(homes, `${file} imports ${library}, which has no room`);
      assert.ok(
        homes.some((home) => file.startsWith(home)),
        `${file} imports ${library}, which lives in ${homes.join(', ')}`,
      );
    }
  }
});

test('every dependency in package.json is imported', () => {
  const { dependencies } = JSON.parse(readFileSync(resolve(src, '../package.json'), 'utf8'));
  const imported = new Set(files.flatMap(importsOf).map(packageOf));
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !imported.has(name)),
    [],
  );
});

test('the environment, the terminal and the exit have their places', () => {
  for (const file of files) {
    const code = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    for (const { what, where, why } of only) {
      assert.ok(where.test(file) || !what.test(code), `${file} uses ${what.source}: ${why}`);
    }
  }
});

test('every file opens with what it is for', () => {
  for (const file of files) {
    assert.match(readFileSync(join(src, file), 'utf8'), /^\/\*\*\s/, `${file} has no purpose on top`);
  }
});

test('no room is called after nothing', () => {
  for (const file of files) {
    assert.doesNotMatch(file, /(^|\/)(utils?|helpers?|common|types|managers?|index)(\.ts|\/)/, file);
  }
});
