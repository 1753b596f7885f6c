import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { liveMachine } from '../../../src/base/machine-root.ts';
import type { NameWish } from '../../../src/host/files/name-search.ts';
import { openSearches } from '../../../src/host/files/searches.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'smcp-')));
for (const name of ['a.log', 'b.txt']) writeFileSync(join(root, name), name);
const rules = { roots: [root], deniedNames: [], allowHardlinks: false, maxBytes: 1e6 };
const wish: NameWish = {
  ...{ path: root, crossFileSystems: false, timeMs: 10_000 },
  ...{ glob: '*.log', ignoreCase: false, limit: 10, answerBytes: 10_000 },
};

const threads: Worker[] = [];
process.on('worker', (worker) => threads.push(worker));
const searches = openSearches(liveMachine());
after(() => searches.close());

async function search(signal = new AbortController().signal): Promise<string[]> {
  const { found } = await searches.run('names', wish, rules, { signal, progress: () => {} });
  return found.map(({ path }) => path);
}

const theFile = [join(root, 'a.log')];

test('a thread that has searched searches again', async () => {
  assert.deepEqual(await search(), theFile);
  const before = threads.length;
  assert.deepEqual(await search(), theFile);
  assert.equal(threads.length, before);
});

test('a search beside another one has a thread of its own', async () => {
  const before = threads.length;
  assert.deepEqual(await Promise.all([search(), search()]), [theFile, theFile]);
  assert.equal(threads.length, before + 1);
});

test('a search that is called off ends its thread, and the next one has another', async () => {
  const before = threads.length;
  const caller = new AbortController();
  const called = search(caller.signal);
  // The thread is taken in the turn after the search is.
  await Promise.resolve();
  caller.abort(new Error('gone'));
  await assert.rejects(called, { message: 'gone' });
  assert.deepEqual(await search(), theFile);
  assert.equal(threads.length, before + 1);
});

test('a thread that ended while nobody searched is not waited for', async () => {
  await search();
  await Promise.all(threads.map((thread) => thread.terminate()));
  assert.deepEqual(await search(), theFile);
});

test('what refuses a search is told, and the thread goes on', async () => {
  const before = threads.length;
  const missing = { ...wish, path: join(root, 'none') };
  const context = { signal: new AbortController().signal, progress: () => {} };
  await assert.rejects(searches.run('names', missing, rules, context), { code: 'not_found' });
  assert.deepEqual(await search(), theFile);
  assert.equal(threads.length, before);
});
