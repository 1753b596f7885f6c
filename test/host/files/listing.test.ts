import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Listing, type ListingWish, listFolder, sorts } from '../../../src/host/files/listing.ts';
import { stillClock } from '../../still-clock.ts';
import { machine, type Tree, treeOf } from './tree.ts';

const whole: ListingWish = { depth: 5, sort: 'name', limit: 1000, answerBytes: 1_000_000 };

const list = (tree: Tree, wish: Partial<ListingWish> = {}): Listing =>
  tree.in((opened) => listFolder(machine, opened, { ...whole, ...wish }, tree.rules));

/** Sizes and times that repeat, so that names decide among them. */
function grove(t: TestContext): Tree {
  const names = Array.from({ length: 60 }, (_, i) => `${i % 3 === 0 ? 'sub/' : ''}f${(i * 37) % 60}`);
  const tree = treeOf(t, Object.fromEntries(names.map((name, i) => [name, 'x'.repeat(i % 7)])));
  for (const [i, name] of names.entries()) utimesSync(join(tree.root, name), 1, 1_000_000 + (i % 5));
  return tree;
}

for (const sort of sorts) {
  for (const limit of [1, 7, 30]) {
    test(`pages of ${limit} by ${sort} are together the whole list, each entry once`, (t) => {
      const tree = grove(t);
      const all = list(tree, { sort }).entries;
      assert.equal(all.length, 61);
      const paged = [];
      let cursor: string | undefined;
      do {
        const page = list(tree, { sort, limit, cursor });
        assert.equal(page.seen, 61);
        assert.ok(page.entries.length <= limit);
        paged.push(...page.entries);
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(paged, all);
    });
  }
}

test('the largest and the newest come first, and names decide among equals', (t) => {
  const tree = treeOf(t, { b: 'xx', a: 'xx', c: 'x', d: 'xxx' });
  assert.deepEqual(
    list(tree, { sort: 'size' }).entries.map(({ name }) => name),
    ['d', 'a', 'b', 'c'],
  );
  utimesSync(join(tree.root, 'c'), 1, 4_000_000_000);
  assert.equal(list(tree, { sort: 'modified' }).entries[0]?.name, 'c');
});

test('the last page has no cursor, also when it is full', (t) => {
  const tree = treeOf(t, { a: '', b: '', c: '', d: '' });
  const first = list(tree, { limit: 2 });
  assert.deepEqual(
    first.entries.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(list(tree, { limit: 2, cursor: first.cursor }).cursor, undefined);
});

test('what would make the answer too large comes on the next page', (t) => {
  const tree = treeOf(t, Object.fromEntries(['a', 'b', 'c'].map((name) => [name.repeat(200), ''])));
  const first = list(tree, { answerBytes: 700 });
  assert.deepEqual(
    first.entries.map(({ name }) => name[0]),
    ['a', 'b'],
  );
  assert.equal(list(tree, { answerBytes: 700, cursor: first.cursor }).entries[0]?.name[0], 'c');
});

test('a cursor of another order and one that is none are refused', (t) => {
  const tree = treeOf(t, { a: '', b: '' });
  const { cursor } = list(tree, { limit: 1 });
  for (const [wish, of] of [
    [{ sort: 'size', cursor }, 'size'],
    [{ cursor: 'none' }, 'name'],
    [{ cursor: '' }, 'name'],
  ] as const) {
    assert.throws(() => list(tree, wish), {
      code: 'arguments_invalid',
      detail: new RegExp(`sorted by ${of}`),
    });
  }
});

test('when its time is over it says so, with what it has seen', (t) => {
  const tree = treeOf(t, Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`f${i}`, ''])));
  const clock = stillClock();
  let looks = 0;
  const late = { ...clock, monotonicMs: () => looks++ * 10_000 };
  const listing = tree.in((opened) => listFolder(machine, opened, whole, tree.rules, late));
  assert.deepEqual([listing.more, listing.seen, listing.entries.length], [true, 1024, 1000]);
});

test('what is kept back is counted and not told, at every level', (t) => {
  const tree = treeOf(t, { 'a.key': '', 'sub/.ssh/x': '', 'sub/b': '' });
  const listing = list(tree);
  assert.deepEqual([listing.denied, listing.entries.map(({ name }) => name)], [2, ['sub', 'sub/b']]);
});
