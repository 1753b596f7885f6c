/** Programs that the daemon runs: what a caller writes is never an option and never a shell's. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, auditOf, type Daemon, type Home, makeHome, mint, startDaemon } from '../integration/daemon.ts';

let home: Home;
let daemon: Daemon;
let token: string;

before(async () => {
  home = makeHome();
  daemon = await startDaemon(home, ['--set', 'security.rate_limit=1000000']);
  token = await mint(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const call = (tool: string, args: Record<string, unknown>) =>
  ask({ socket: home.socket, path: `/tools/${tool}`, token, body: JSON.stringify(args) });

for (const [tool, args] of [
  ['get_unit', { unit: '--help' }],
  ['get_unit', { unit: '-Hroot@127.0.0.1' }],
  ['list_units', { pattern: '--machine=.host' }],
  ['query_journal', { cursor: '--help' }],
  ['query_journal', { unit: 'ssh\n--flush' }],
] as const) {
  test(`${tool} refuses ${JSON.stringify(args)} before any program sees it`, async () => {
    const { status, json } = await call(tool, args);
    assert.equal(status, 400);
    assert.equal(json.error.code, 'arguments_invalid');
    assert.equal(auditOf(home).at(-1).outcome, 'refused');
  });
}

test('what only a shell would understand is a name like any other', async () => {
  const proof = join(home.folder, 'a-shell-was-here');
  for (const words of [`$(touch ${proof})`, `\`touch ${proof}\``, `; touch ${proof}`, `| touch ${proof}`]) {
    for (const [tool, args] of [
      ['get_unit', { unit: words }],
      ['list_units', { pattern: words }],
      ['query_journal', { unit: words, limit: 1 }],
      ['query_journal', { identifier: words, limit: 1 }],
      ['query_journal', { container: words, limit: 1 }],
      ['query_journal', { grep: words, limit: 1 }],
    ] as const) {
      const { json } = await call(tool, args);
      assert.notEqual(json.error?.code, 'internal', `${tool} ${words}`);
    }
  }
  assert.ok(!existsSync(proof));
});

test('a value that looks like an option is taken as the value it is', async () => {
  const { json } = await call('query_journal', { identifier: '--list-boots', limit: 1 });
  // On a machine without a journal the call says so; with one, no entry has such a name. Neither lists boots.
  if (json.success) assert.deepEqual(json.data.entries, []);
  else assert.notEqual(json.error.code, 'internal');
});
