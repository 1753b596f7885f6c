/** A folder of a million entries, listed by the running daemon. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ask, type Daemon, type Home, makeHome, mint, startDaemon } from './daemon.ts';

let home: Home;
let daemon: Daemon;
let token: string;
/** In memory, where so many files are made in seconds. */
const crowd = mkdtempSync('/dev/shm/crowd-');
const least = 1_000_001;

before(async () => {
  execFileSync('sh', ['-c', `seq ${least} ${least + 999_999} | xargs touch`], { cwd: crowd });
  home = makeHome();
  daemon = await startDaemon(home, ['--set', `filesystem.allowed_paths=${crowd}`]);
  token = await mint(home, 'fs');
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
  execFileSync('rm', ['-rf', crowd]);
});

const list = async (args: Record<string, unknown>) => {
  const body = JSON.stringify({ path: crowd, limit: 3, ...args });
  const { json, text } = await ask({ socket: home.socket, path: '/tools/list_directory', token, body });
  assert.equal(json.success, true, text);
  return json.data;
};

const residentMegabytes = (): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))?.[1]) / 1024;

test('a folder of a million entries is listed by pages in bounded memory, and says how many it has seen', async () => {
  // The thread that lists is there from the first question on.
  await ask({
    socket: home.socket,
    path: '/tools/get_file_info',
    token,
    body: JSON.stringify({ path: crowd }),
  });
  const before = residentMegabytes();
  for (const sort of ['name', 'size']) {
    const first = await list({ sort });
    assert.equal(first.entries.length, 3);
    const { total, atLeast } = first.truncated;
    // How far it comes in its time is the machine's affair; that it says so is not.
    assert.ok(
      total === 1_000_000 || (atLeast > 1000 && atLeast < 1_000_000),
      JSON.stringify(first.truncated),
    );
    const second = await list({ sort, cursor: first.cursor });
    if (total === undefined || second.truncated.total === undefined) continue;
    assert.deepEqual(
      [...first.entries, ...second.entries].map(({ name }) => name),
      [0, 1, 2, 3, 4, 5].map((n) => `${least + n}`),
    );
  }
  assert.ok(residentMegabytes() - before < 60);
});
