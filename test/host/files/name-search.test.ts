import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type NameWish, searchNames } from '../../../src/host/files/name-search.ts';
import type { SearchKernel } from '../../../src/host/files/search.ts';
import { stillClock } from '../../still-clock.ts';
import { anywhere, kernel, machine, type Tree, treeOf } from './tree.ts';

const find = (tree: Tree, wish: Partial<NameWish> = {}, below = '') =>
  tree.in(
    (opened) =>
      searchNames(machine, opened, { ...anywhere, ignoreCase: false, limit: 1000, ...wish }, tree.needs),
    below,
  );
const paths = (tree: Tree, wish: Partial<NameWish> = {}) =>
  find(tree, wish).found.map(({ path }) => path.slice(tree.root.length + 1));

test('all below a folder come in the order of their bytes, a folder before what is in it', (t) => {
  const tree = treeOf(t, { 'b/2': '', 'b/1': '', a: '', 'B/x': '', é: '', 'b.txt': '' });
  assert.deepEqual(paths(tree), ['B', 'B/x', 'a', 'b', 'b/1', 'b/2', 'b.txt', 'é']);
});

test('a pattern without a slash is of names, one with a slash of paths', (t) => {
  const tree = treeOf(t, { 'x/a.log': '', 'a.log': '', 'x/y/b.log': '', 'x/c.txt': '' });
  assert.deepEqual(paths(tree, { glob: '*.log' }), ['a.log', 'x/a.log', 'x/y/b.log']);
  assert.deepEqual(paths(tree, { glob: 'x/*' }), ['x/a.log', 'x/c.txt', 'x/y']);
  assert.deepEqual(paths(tree, { glob: '*.LOG', ignoreCase: true }).length, 3);
});

test('folders that cannot be the working directory are gone through all the same', (t) => {
  const tree = treeOf(t, { 'a/b/c.log': 'x', 'a/d.log': '', 'e/f.log': '', 'g.log': '' });
  const refused: number[] = [];
  const changeDirectory = (folder: number): boolean => {
    refused.push(folder);
    return false;
  };
  const search = (more: Partial<SearchKernel>) =>
    tree.in((opened) => {
      const needs = { ...tree.needs, kernel: { ...kernel, ...more } };
      return searchNames(machine, opened, { ...anywhere, ignoreCase: false, limit: 1000 }, needs);
    });
  assert.deepEqual(search({ changeDirectory }), search({}));
  assert.ok(refused.length >= 4);
});

test('type, size, age and owner narrow it', (t) => {
  const tree = treeOf(t, { small: 'x', large: 'x'.repeat(5000), 'folder/': '' });
  utimesSync(join(tree.root, 'small'), 1000, 1000);
  symlinkSync('small', join(tree.root, 'link'));
  assert.deepEqual(paths(tree, { types: ['directory'] }), ['folder']);
  assert.deepEqual(paths(tree, { types: ['symlink'] }), ['link']);
  assert.deepEqual(paths(tree, { types: ['file'], minBytes: 5000 }), ['large']);
  assert.deepEqual(paths(tree, { types: ['file'], maxBytes: 4999 }), ['small']);
  assert.deepEqual(paths(tree, { modifiedBeforeMs: 1_000_000 }), ['small']);
  assert.deepEqual(paths(tree, { types: ['file'], modifiedAfterMs: 1_000_001 }), ['large']);
  const owner = find(tree).found[0]?.owner;
  assert.equal(paths(tree, { owner }).length, 4);
  assert.deepEqual(paths(tree, { owner: 'nobody-of-that-name' }), []);
});

test('a page ends at its limit and the cursor goes on right behind it, to the end', (t) => {
  const names = ['a', 'b/1', 'b/2/x', 'b/2/y', 'b/3', 'b-', 'c'];
  const tree = treeOf(t, Object.fromEntries(names.map((name) => [name, ''])));
  const all = paths(tree);
  for (const limit of [1, 2, 3, 8]) {
    const got: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const { found, ended, ...rest } = find(tree, { limit, cursor });
      got.push(...found.map(({ path }) => path.slice(tree.root.length + 1)));
      assert.ok(found.length <= limit);
      more = ended === 'limit';
      assert.equal(rest.cursor !== undefined, more);
      cursor = rest.cursor;
    }
    assert.deepEqual(got, all, `in pages of ${limit}`);
  }
});

test('a cursor that is none is refused', (t) => {
  const tree = treeOf(t, { a: '' });
  for (const cursor of ['', '=', 'not base64!', Buffer.from('a//b').toString('base64url')]) {
    assert.throws(() => find(tree, { cursor }), { code: 'arguments_invalid' }, cursor);
  }
});

test('when the time is over, what was found is told with how far it came, and the cursor loses nothing', (t) => {
  const tree = treeOf(t, Object.fromEntries(['a/1', 'b/1', 'c/1', 'd/1'].map((name) => [name, ''])));
  const clock = stillClock();
  let asked = 0;
  const passing = {
    now: clock.now,
    monotonicMs() {
      asked += 1;
      if (asked > 6) clock.forward(100);
      return clock.monotonicMs();
    },
  };
  const wish = { ...anywhere, ignoreCase: false, limit: 100, timeMs: 100 };
  const early = tree.in((opened) => searchNames(machine, opened, wish, { ...tree.needs, clock: passing }));
  assert.equal(early.ended, 'time');
  assert.ok(early.found.length > 0 && early.found.length < 8, `${early.found.length}`);
  const late = find(tree, { cursor: early.cursor });
  const both = [...early.found, ...late.found].map(({ path }) => path.slice(tree.root.length + 1));
  assert.deepEqual(both, paths(tree));
});

test('denied names are neither shown nor entered, and are counted', (t) => {
  const tree = treeOf(t, { 'tls.key': '', '.ssh/config': '', ok: '' });
  assert.deepEqual(paths(tree), ['ok']);
  assert.equal(find(tree).denied, 2);
});

test('links are shown and not followed', (t) => {
  const tree = treeOf(t, { 'real/inner': '' });
  symlinkSync('real', join(tree.root, 'linked'));
  symlinkSync('loop', join(tree.root, 'loop'));
  assert.deepEqual(paths(tree), ['linked', 'loop', 'real', 'real/inner']);
});

test('names that are no UTF-8, have line breaks or escapes are found whole', (t) => {
  const tree = treeOf(t, { 'line\nbreak': '', '\u001b[31mred': '' });
  mkdirSync(Buffer.from(`${tree.root}/\xff\xfe`, 'latin1'));
  writeFileSync(Buffer.from(`${tree.root}/\xff\xfe/inner`, 'latin1'), 'x');
  const found = find(tree);
  assert.equal(found.found.length, 4);
  assert.ok(found.found.some(({ path }) => path.endsWith('/inner')));
  const [first] = find(tree, { limit: 3 }).found.slice(-1);
  assert.equal(first?.type, 'directory');
  assert.equal(find(tree, { cursor: find(tree, { limit: 3 }).cursor }).found.length, 1);
});

test('what lies deeper than the walk goes is said, and nothing breaks', (t) => {
  const tree = treeOf(t, {});
  // Built from below, for the whole path is longer than one call takes.
  let top = join(tree.root, 'top');
  mkdirSync(top);
  for (let depth = 0; depth < 220; depth++) {
    const next = join(tree.root, 'next');
    mkdirSync(next);
    renameSync(top, join(next, 'd'.repeat(20)));
    top = join(tree.root, 'top');
    renameSync(next, top);
  }
  const { seen, unreadable, ended } = find(tree, { glob: 'no-such-name' });
  assert.equal(seen, 200);
  assert.equal(unreadable, 1);
  assert.equal(ended, 'finished');
});

test('a file is no folder to be searched, and a sparse one is as large as it says', (t) => {
  const tree = treeOf(t, { f: '' });
  truncateSync(join(tree.root, 'f'), 50 * 2 ** 30);
  assert.throws(() => find(tree, {}, 'f'), { code: 'path_refused' });
  assert.deepEqual(paths(tree, { minBytes: 50 * 2 ** 30 }), ['f']);
});
