/** Authentication switched off: what local callers may do then, and who may not call at all. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, type Daemon, freePort, type Home, makeHome, mint, runProgram, startDaemon } from './daemon.ts';

let home: Home;
let daemon: Daemon;
let port: number;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = await startDaemon(home, ['--set', 'server.auth_required=false', '--set', `server.port=${port}`]);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

test('it warns at the start', () => {
  assert.match(daemon.stdout(), /server\.auth_required is false/);
});

test('callers on the Unix socket and on loopback may read', async () => {
  for (const where of [{ socket: home.socket }, { port }]) {
    const { status, json } = await ask({ ...where, path: '/tools/whoami' });
    assert.equal(status, 200);
    assert.equal(json.data.agent, 'anonymous');
    assert.equal(json.data.proof, 'none');
    assert.deepEqual(json.data.scopes, ['monitor', 'docker:read', 'fs', 'metrics']);
  }
});

for (const [name, value] of [
  ['X-Forwarded-For', '127.0.0.1'],
  ['Forwarded', 'for=127.0.0.1'],
  ['Via', '1.1 proxy'],
  ['Tailscale-User-Login', 'admin@example.com'],
] as const) {
  test(`a request that came through a proxy (${name}) needs a token all the same`, async () => {
    const { status } = await ask({ port, path: '/tools/whoami', headers: { [name]: value } });
    assert.equal(status, 401);
  });
}

test('a token that is sent must be valid, and counts', async () => {
  assert.equal((await ask({ port, path: '/tools/whoami', token: 'sm1.wrong' })).status, 401);
  const { json } = await ask({ port, path: '/tools/whoami', token: await mint(home) });
  assert.equal(json.data.agent, 'tester');
});

test('it is refused together with a listener beyond this machine', async () => {
  const other = makeHome();
  const { status, stderr } = await runProgram(other, [
    'serve',
    '--user',
    '--as-root',
    '--set',
    'server.auth_required=false',
    '--set',
    'server.host=0.0.0.0',
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /server\.auth_required/);
  other.remove();
});
