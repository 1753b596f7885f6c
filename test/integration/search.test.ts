/** Searches by the running daemon through 200,000 files: what find, grep and du find, and nobody else waits. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLargeTree, treeFiles, treeFolders } from '../trees/large-tree.ts';
import { until } from '../until.ts';
import { ask, type Daemon, type Home, makeHome, mint, startDaemon } from './daemon.ts';

let home: Home;
let daemon: Daemon;
let token: string;
let root: string;

before(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'large-')));
  makeLargeTree(root);
  home = makeHome();
  daemon = await startDaemon(home, [
    ...['--set', `filesystem.allowed_paths=${root}`],
    ...['--set', 'security.rate_limit=1000000'],
  ]);
  token = await mint(home, 'fs,monitor');
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
  rmSync(root, { recursive: true, force: true });
});

const call = async (tool: string, args: Record<string, unknown>) => {
  const { json, text } = await ask({
    socket: home.socket,
    path: `/tools/${tool}`,
    token,
    body: JSON.stringify(args),
  });
  assert.equal(json.success, true, text);
  return json.data;
};

/** All pages of a search, one after the other. */
async function pages(tool: string, args: Record<string, unknown>) {
  const all = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await call(tool, { ...args, ...(cursor === undefined ? {} : { cursor }), seconds: 25 });
    all.push(answer);
    if (answer.truncated === undefined) return all;
    cursor = answer.cursor;
    assert.ok(cursor !== undefined, JSON.stringify(answer.truncated));
  }
}

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, {
    encoding: 'latin1',
    maxBuffer: 1e9,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  });

/** As an answer shows it: names have a space where they had a line break. */
const shown = (path: string): string =>
  Buffer.from(path, 'latin1')
    .toString('utf8')
    .replace(/[\n\t]/g, ' ');

/** In the order of a walk: folder by folder, names by their bytes. */
const inOrder = (a: string, b: string): number => {
  const [left, right] = [a.split('/'), b.split('/')];
  const at = left.findIndex((name, n) => name !== right[n]);
  if (at < 0) return left.length - right.length;
  return right[at] === undefined || (left[at] ?? '') > right[at] ? 1 : -1;
};

test('names are those of find, all of them and in the order of their paths', async () => {
  const answers = await pages('search_files', { path: root, name: '*77*.conf', types: ['file'], limit: 200 });
  const found: string[] = answers.flatMap((answer) => answer.found.map(({ path }: { path: string }) => path));
  const theirs = run('find', root, '-name', '*77*.conf', '-type', 'f', '-print0').split('\0').slice(0, -1);
  assert.ok(theirs.length > 2_000, `${theirs.length}`);
  assert.deepEqual(found, theirs.sort(inOrder).map(shown));
});

test('every entry is looked at, as find counts them', async () => {
  const answer = await call('search_files', { path: root, name: 'no-such-name', seconds: 25 });
  assert.deepEqual(answer.found, []);
  assert.equal(answer.truncated, undefined);
  assert.equal(answer.seen, treeFiles + treeFolders - 1);
});

test('lines are those of grep, all of them', async () => {
  const answers = await pages('search_text', { path: root, pattern: 'the needle', perFile: 100, limit: 100 });
  const found = answers.flatMap((answer) =>
    answer.files.flatMap(({ path, lines }: { path: string; lines: { line: number; text: string }[] }) =>
      lines.map(({ line, text }) => `${path}:${line}:${text}`),
    ),
  );
  const theirs = run('grep', '-rnZF', 'the needle', root)
    .split(/\n(?=\/)/)
    .map((row) => row.replace('\0', ':').trimEnd());
  assert.equal(theirs.length, 2000);
  assert.deepEqual([...found].sort(), theirs.map(shown).sort());
});

test('what it fills is what du counts', async () => {
  const { total } = await call('get_disk_usage', { path: root, seconds: 25 });
  assert.equal(total.allocatedBytes, Number(run('du', '-sx', '--block-size=1', root).split('\t')[0]));
  assert.equal(total.files, treeFiles);
});

/** The threads of the daemon that search. */
const searching = (): number =>
  readdirSync(`/proc/${daemon.child.pid}/task`).filter((id) => {
    try {
      return readFileSync(`/proc/${daemon.child.pid}/task/${id}/comm`, 'utf8').startsWith('systemmanager-s');
    } catch {
      return false;
    }
  }).length;

test('a client that goes away ends its search', async () => {
  const outgoing = request({
    socketPath: home.socket,
    method: 'POST',
    path: '/tools/search_text',
    agent: false,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  });
  outgoing.on('error', () => {});
  outgoing.end(JSON.stringify({ path: root, pattern: '[a-z]+ [0-9]+ nowhere', regexp: true, seconds: 25 }));
  await until('the search runs', () => searching() === 1);
  outgoing.destroy();
  await until('the search has ended', () => searching() === 0);
});

test('while as many search as may, the status and files are answered to others', async () => {
  const searches = Array.from({ length: 6 }, () =>
    call('search_text', { path: root, pattern: 'nowhere at all', seconds: 5 }),
  );
  let ended = false;
  const all = Promise.all(searches).then((answers) => {
    ended = true;
    return answers;
  });
  await until('searches run', () => searching() > 0);
  let answered = 0;
  while (!ended) {
    await call('get_system_status', { sections: ['load'] });
    await call('list_directory', { path: root, limit: 1 });
    answered += 1;
    assert.ok(searching() <= 4);
  }
  assert.ok(answered > 1, `${answered}`);
  assert.equal((await all).length, 6);
});
