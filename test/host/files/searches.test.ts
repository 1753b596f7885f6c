import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { liveMachine } from '../../../src/base/machine-root.ts';
import type { NameWish } from '../../../src/host/files/name-search.ts';
import { openSearches } from '../../../src/host/files/searches.ts';
import type { TextWish } from '../../../src/host/files/text-search.ts';
import { until } from '../../until.ts';

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
after(() => {
  searches.close();
  rmSync(root, { recursive: true });
});

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

/** Empty for what is gone meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const workingDirectories = () =>
  readdirSync('/proc/self/task').map((thread) => readlinkSync(`/proc/self/task/${thread}/cwd`));

test('a search goes through folders as its own working directory, and leaves them', async () => {
  assert.notEqual(process.cwd(), '/');
  await search();
  const elsewhere = workingDirectories().filter((folder) => folder !== process.cwd());
  assert.deepEqual([...new Set(elsewhere)], ['/']);
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

test('searches that are called off leave no descriptor open', async (t) => {
  const large = mkdtempSync(join(root, 'large-'));
  t.after(() => rmSync(large, { recursive: true }));
  const lines = 'abcdefg 0123456789 hijklmn\n'.repeat(300_000);
  for (const name of ['1', '2', '3', '4']) writeFileSync(join(large, name), lines);
  const text: TextWish = {
    ...{
      path: large,
      crossFileSystems: false,
      timeMs: 10_000,
      pattern: '[a-z]+ [0-9]+ [q-z]+[0-9]',
      regexp: true,
    },
    ...{ ignoreCase: false, word: false, context: 0, perFile: 1, limit: 10, answerBytes: 10_000 },
  };
  const openBelow = (): readonly string[] =>
    readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(large));
  for (let i = 0; i < 5; i++) {
    const caller = new AbortController();
    const context = { signal: caller.signal, progress: () => {} };
    const called = searches.run('text', text, { ...rules, maxBytes: 1e7 }, context);
    await until('a file is read', () => openBelow().length > 0);
    caller.abort(new Error('gone'));
    await assert.rejects(called, { message: 'gone' });
    await until('the thread has ended', () => searches.stuck() === 0);
    assert.deepEqual(openBelow(), []);
  }
});
