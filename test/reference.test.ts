/** What is written for people says what the program does: generated parts are up to date, commands exist, links lead somewhere. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { helpFor, helpForAll } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { manualPages } from '../src/cli/manual.ts';
import { fillIn, generated, parts } from '../src/cli/reference.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = [
  'README.md',
  'docs/tokens.md',
  'docs/errors.md',
  'docs/audit.md',
  'docs/history.md',
  'docs/docker.md',
  'docs/tailscale.md',
];

for (const file of generated) {
  test(`the generated parts of ${file} are up to date (npm run docs)`, () => {
    assert.equal(fillIn(read(file)), read(file));
  });
}

for (const [name, write] of Object.entries(manualPages)) {
  test(`the man page ${name} is up to date (npm run docs)`, () => {
    assert.equal(write(), read(`man/${name}`));
  });
}

const hasMandoc = spawnSync('mandoc', ['-V']).error === undefined;

test('mandoc has nothing to say against the man pages', {
  skip: !hasMandoc && 'mandoc is not installed',
}, () => {
  const pages = readdirSync(join(root, 'man')).map((name) => join(root, 'man', name));
  assert.ok(pages.length >= 4);
  const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...pages], { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});

test('every man page that a unit names is there', () => {
  const units = readdirSync(join(root, 'systemd')).filter((name) => /\.(service|socket)$/.test(name));
  const named = units.flatMap((unit) =>
    [...read(`systemd/${unit}`).matchAll(/man:([\w.-]+)\((\d)\)/g)].map(
      ([, page, section]) => `${page}.${section}`,
    ),
  );
  assert.ok(named.length >= units.length);
  for (const page of named) assert.ok(existsSync(join(root, 'man', page)), page);
});

test('every generated part stands in a document', () => {
  const all = generated.map(read).join('');
  for (const name of Object.keys(parts)) assert.match(all, new RegExp(`generated: ${name} `));
});

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const file of documents) {
    for (const [, name = ''] of read(file).matchAll(/npm run (?:-s )?([\w:]+)/g)) {
      assert.ok(scripts[name], `${file} names npm run ${name}`);
    }
  }
});

test('every command and option that a document shows exists', () => {
  const shown = documents.flatMap((file) =>
    [...read(file).matchAll(/^\s*(?:npm run -s cli -- |systemmanager-mcp )(.+)$/gm)].map(
      ([, words = '']) => words,
    ),
  );
  assert.ok(shown.length >= 8);
  for (const words of shown) {
    if (words.startsWith('--help')) continue;
    const command = commands.find(({ name }) => words === name || words.startsWith(`${name} `));
    assert.ok(command, `no command: ${words}`);
    for (const [, option = ''] of words.matchAll(/ --([\w-]+)/g)) {
      assert.ok(command.options[option], `${command.name} has no --${option}`);
    }
  }
});

test('every relative link leads somewhere', () => {
  for (const file of documents) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(join(root, dirname(file), target)), `${file} links to ${target}`);
    }
  }
});

test('no line of help is wider than a terminal', () => {
  for (const text of [helpForAll(commands), ...commands.map(helpFor)]) {
    for (const line of text.split('\n')) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  }
});
