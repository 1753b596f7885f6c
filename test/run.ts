/**
 * Lists the test files itself, refuses an empty list, and runs them: `run.ts [--no-skip] [SUITE|FILE …]`.
 * A suite is `unit` (what mirrors src) or a folder of that name: `integration`, `security`, `system`; that last one boots
 * Debian 13, or the release that is named beside it: `system sid`.
 */

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const here = import.meta.dirname;
const releases = ['trixie', 'sid'];
const heavy = ['integration', 'security', 'system', 'bench'];

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    })
    .sort();
}

function suiteOf(file: string): string {
  const top = relative(here, file).split('/')[0] ?? '';
  return heavy.includes(top) ? top : 'unit';
}

function chosen(words: string[]): string[] {
  const all = testFiles(here);
  return words.flatMap((word) => {
    const files = word.endsWith('.test.ts')
      ? all.filter((file) => file.endsWith(word))
      : all.filter((file) => suiteOf(file) === word || relative(here, file).startsWith(`${word}/`));
    if (files.length === 0) throw new Error(`no test belongs to '${word}'`);
    return files;
  });
}

const words = process.argv.slice(2);
const skipsAllowed = !words.includes('--no-skip');
const release = words.find((word) => releases.includes(word));
if (release !== undefined) process.env['SMCP_TEST_RELEASE'] = release;
const suites = words.filter((word) => word !== '--no-skip' && word !== release);
const files = chosen(suites);
if (files.length === 0) throw new Error('no tests: name a suite or a file');

const onlyUnit = files.every((file) => suiteOf(file) === 'unit');
const anySystem = files.some((file) => suiteOf(file) === 'system');

const skipped: string[] = [];
const tests = run({
  files,
  // Unit tests share nothing (`true` would leave a core idle); the system suite builds its packages in one folder.
  concurrency: onlyUnit ? availableParallelism() : anySystem ? 1 : 2,
  execArgv: ['--import', 'tsx'],
  forceExit: false,
  // A file that hangs must not hold up the rest; one of the system suite builds a package and boots a machine.
  timeout: anySystem ? 900_000 : 300_000,
});
tests.on('test:pass', (event) => {
  if (event.skip !== undefined && event.skip !== false) skipped.push(`${event.name}: ${event.skip}`);
});
tests.on('test:fail', ({ name, details }) => {
  process.exitCode = 1;
  // A file that ends by a signal has no failed test to show for it.
  const { exitCode, signal } = details.error as { exitCode?: number; signal?: string };
  if (signal) console.error(`\n${name} was ended by ${signal}`);
  else if (exitCode !== undefined && exitCode > 1) console.error(`\n${name} ended with status ${exitCode}`);
});
tests.compose(spec).pipe(process.stdout);
tests.on('end', () => {
  if (skipped.length === 0) return;
  console.error(`\nskipped:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  if (!skipsAllowed) process.exitCode = 1;
});
