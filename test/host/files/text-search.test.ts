import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { searchText, type TextWish } from '../../../src/host/files/text-search.ts';
import { anywhere, type Tree, treeOf } from './tree.ts';

const plain = { regexp: false, ignoreCase: false, word: false, context: 0, perFile: 100, limit: 100 };

const grep = (tree: Tree, pattern: string, more: Partial<TextWish> = {}, below = '') =>
  tree.in((opened) => searchText(opened, { ...anywhere, ...plain, pattern, ...more }, tree.needs), below);
const hits = (tree: Tree, pattern: string, more: Partial<TextWish> = {}, below = '') =>
  grep(tree, pattern, more, below).files.flatMap(({ path, lines }) =>
    lines.map(({ line, text }) => `${path.slice(tree.root.length + 1)}:${line}:${text}`),
  );

test('lines of all files come in the order of their paths', (t) => {
  const tree = treeOf(t, { 'b/2': 'x\nfind me\n', a: 'find me', 'b/1': 'me\n', c: 'find me\nfind me\n' });
  assert.deepEqual(hits(tree, 'find me'), ['a:1:find me', 'b/2:2:find me', 'c:1:find me', 'c:2:find me']);
  assert.equal(grep(tree, 'x').searched, 4);
});

test('one file alone is searched too', (t) => {
  const tree = treeOf(t, { a: 'one\ntwo', b: 'two' });
  assert.deepEqual(hits(tree, 'two', {}, 'a'), ['a:2:two']);
});

test('names narrow it', (t) => {
  const tree = treeOf(t, { 'a.log': 'x', 'a.txt': 'x', 'old/b.log': 'x' });
  assert.deepEqual(hits(tree, 'x', { include: '*.log' }), ['a.log:1:x', 'old/b.log:1:x']);
  assert.deepEqual(hits(tree, 'x', { include: '*.log', exclude: 'old/*' }), ['a.log:1:x']);
});

test('of a file so many lines are told, and all are counted', (t) => {
  const tree = treeOf(t, { a: 'x\n'.repeat(9), b: 'x\n' });
  const { files } = grep(tree, 'x', { perFile: 2 });
  assert.deepEqual(
    files.map(({ count, lines }) => [count, lines.length]),
    [
      [9, 2],
      [1, 1],
    ],
  );
});

test('a page ends with the file in which its limit is reached, and the cursor goes on with the next', (t) => {
  const tree = treeOf(t, { a: 'x\nx\n', b: 'x\n', c: 'x\nx\n' });
  const first = grep(tree, 'x', { limit: 2 });
  assert.equal(first.ended, 'limit');
  assert.deepEqual(
    first.files.map(({ path }) => path),
    [join(tree.root, 'a')],
  );
  const second = grep(tree, 'x', { cursor: first.cursor });
  assert.equal(second.ended, 'finished');
  assert.equal(second.files.length, 2);
});

test('binary files are counted, gzip and UTF-16 are read as text', (t) => {
  const tree = treeOf(t, {
    bin: Buffer.from('find me\0find me'),
    'old.gz': gzipSync('a\nfind me\n'),
    utf16: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('find me', 'utf16le')]),
  });
  assert.deepEqual(hits(tree, 'find me'), ['old.gz:2:find me', 'utf16:1:find me']);
  assert.equal(grep(tree, 'x').binary, 1);
});

test('of a file beyond the limit its beginning is searched, and a gzip that holds more is refused', (t) => {
  const tree = treeOf(t, {
    long: `${'x'.repeat(999_990)}\nlate find me`,
    'bomb.gz': gzipSync(Buffer.alloc(2_000_000, 'find me ')),
  });
  const found = grep(tree, 'find me');
  assert.deepEqual([found.files.length, found.cut, found.refused], [0, 1, 1]);
});

test('a sparse file of 50 GB is cut at the limit', (t) => {
  const tree = treeOf(t, { sparse: 'find me\n' });
  truncateSync(join(tree.root, 'sparse'), 50 * 2 ** 30);
  assert.equal(grep(tree, 'find me').binary, 1);
});

test('links, FIFOs, denied names and files with several names are left alone', (t) => {
  const tree = treeOf(t, { real: 'find me', 'tls.key': 'find me', '.ssh/x': 'find me', two: 'find me' });
  symlinkSync('real', join(tree.root, 'link'));
  linkSync(join(tree.root, 'two'), join(tree.root, 'two-too'));
  execFileSync('mkfifo', [join(tree.root, 'fifo')]);
  assert.deepEqual(hits(tree, 'find me'), ['real:1:find me']);
  const { refused, denied } = grep(tree, 'find me');
  assert.deepEqual([refused, denied], [2, 2]);
});
