import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskUsage, type UsageWish } from '../../../src/host/files/disk-usage.ts';
import { anywhere, type Tree, treeOf } from './tree.ts';

const usage = (tree: Tree, more: Partial<UsageWish> = {}) =>
  tree.in((opened) => diskUsage(opened, { ...anywhere, depth: 1, limit: 10, ...more }, tree.needs));

const du = (...args: string[]): number =>
  Number(execFileSync('du', args, { encoding: 'utf8' }).split('\t')[0]);

const some = { 'a/1': 'x'.repeat(9000), 'a/b/2': 'x'.repeat(50_000), 'c/3': 'x', 4: '', 'd/': '' };

test('the total is that of du, allocated and apparent', (t) => {
  const tree = treeOf(t, some);
  truncateSync(join(tree.root, 'a/1'), 10_000_000);
  const { total } = usage(tree);
  assert.equal(total.allocatedBytes, du('-sx', '--block-size=1', tree.root));
  assert.equal(total.apparentBytes, du('-sxb', tree.root));
  assert.deepEqual([total.files, total.folders], [4, 5]);
});

test('folders are those of du too, largest first, down to the level asked for', (t) => {
  const tree = treeOf(t, some);
  const { folders } = usage(tree, { depth: 2 });
  assert.deepEqual(folders.map(({ path }) => path.slice(tree.root.length + 1)).slice(0, 2), ['a', 'a/b']);
  for (const { path, allocatedBytes } of folders)
    assert.equal(allocatedBytes, du('-sx', '--block-size=1', path));
  assert.equal(usage(tree).folders.length, 3);
});

test('the largest files come first, and no more than asked for', (t) => {
  const tree = treeOf(t, some);
  assert.deepEqual(
    usage(tree, { limit: 2 }).files.map(({ path }) => path.slice(tree.root.length + 1)),
    ['a/b/2', 'a/1'],
  );
});

test('a file with several names is counted once', (t) => {
  const tree = treeOf(t, { a: 'x'.repeat(9000) });
  linkSync(join(tree.root, 'a'), join(tree.root, 'b'));
  linkSync(join(tree.root, 'a'), join(tree.root, 'c'));
  const { total, furtherNames } = usage(tree);
  assert.equal(total.allocatedBytes, du('-sx', '--block-size=1', tree.root));
  assert.equal(furtherNames, 2);
});

test('denied names are not in it', (t) => {
  const tree = treeOf(t, { 'tls.key': 'x'.repeat(9000), '.ssh/x': 'x', ok: 'x' });
  const { total, denied, files } = usage(tree);
  assert.deepEqual([total.files, denied, files.length], [1, 2, 1]);
});
