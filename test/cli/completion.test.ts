import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { completionFor } from '../../src/cli/completion.ts';

/** What bash offers after these words. */
function offered(...words: string[]): string[] {
  const script = `${completionFor('bash', commands)}
COMP_WORDS=(systemmanager-mcp "$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _systemmanager_mcp
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test('bash offers the commands first', () => {
  assert.deepEqual(offered('s'), ['serve', 'stdio']);
});

test('bash offers the second word of a command of two', () => {
  assert.deepEqual(offered('token', ''), ['mint', 'static', 'revoke', 'rotate']);
});

test('bash offers the options of the command that stands there', () => {
  assert.deepEqual(offered('token', 'mint', '--s'), ['--system', '--scopes']);
  assert.deepEqual(offered('config', 'show', '--j'), ['--json']);
});

test('bash offers the tools where one is called', () => {
  assert.deepEqual(offered('call', '--json', 'who'), ['whoami']);
});

for (const shell of ['zsh', 'fish'] as const) {
  const missing = spawnSync(shell, ['--version']).error !== undefined;
  test(`${shell} finds no fault with its completion`, {
    skip: missing && `${shell} is not installed`,
  }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'completion-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'completion');
    writeFileSync(file, completionFor(shell, commands));
    assert.equal(execFileSync(shell, ['-n', file], { encoding: 'utf8' }), '');
  });
}
