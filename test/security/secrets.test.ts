/** Secrets: planted wherever a caller can put one, and then looked for in everything that the daemon wrote. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, makeHome, mint, startDaemon } from '../integration/daemon.ts';

const planted = 'hunter2-planted-Xq7';

test('no stream of a whole run holds a planted secret, a token or a key', async (t) => {
  const home = makeHome();
  t.after(() => home.remove());
  const daemon = await startDaemon(home, ['--set', 'logging.level=trace']);
  const token = await mint(home);
  const call = (path: string, more: object = {}) => ask({ socket: home.socket, path, token, ...more });
  const answers = [
    await call('/tools/get_system_status', { body: JSON.stringify({ password: planted }) }),
    await call('/tools/get_system_status', { body: JSON.stringify({ deep: { api_key: [planted] } }) }),
    await call('/tools/get_network_status', {
      body: JSON.stringify({ interface: `https://me:${planted}@example.com/` }),
    }),
    await call(`/tools/whoami?note=password%3D${planted}`),
    await call(`/nothing/https://me:${planted}@example.com/`),
    await call('/tools/whoami', { headers: { 'X-Api-Key': planted, Cookie: `session=${planted}` } }),
    await call('/tools/whoami', {
      token: `sm1.${Buffer.from(`{"a":"${planted}"}`).toString('base64url')}.${'x'.repeat(43)}`,
    }),
    await call('/tools/whoami', { body: `{"token": "${token}"}` }),
    await call('/tools/whoami', { body: `{"password": "${planted}` }),
    await call(`/tools/whoami?token=${token}`),
  ];
  assert.equal(await daemon.end('SIGTERM'), 0);
  const key = JSON.parse(readFileSync(join(home.folder, 'state/systemmanager/keys.json'), 'utf8')).keys[0]
    .secret;
  const state = join(home.folder, 'state/systemmanager');
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name !== 'keys.json' && name !== 'history',
  );
  assert.ok(files.length >= 2, files.join(' '));
  const streams: Record<string, string> = {
    stdout: daemon.stdout(),
    stderr: daemon.stderr(),
    ...Object.fromEntries(files.map((name) => [name, readFileSync(join(state, name), 'latin1')])),
    answers: answers.map(({ text }) => text).join('\n'),
  };
  for (const [name, text] of Object.entries(streams)) {
    for (const secret of [planted, token, token.slice(40), key]) {
      assert.ok(
        !text.includes(secret),
        `${name} holds a secret: ${text.slice(Math.max(0, text.indexOf(secret) - 200))}`,
      );
    }
  }
});

test('no command line of the daemon holds a secret', async (t) => {
  const home = makeHome();
  const daemon = await startDaemon(home);
  t.after(async () => {
    await daemon.end('SIGKILL');
    home.remove();
  });
  const key = JSON.parse(readFileSync(join(home.folder, 'state/systemmanager/keys.json'), 'utf8')).keys[0]
    .secret;
  for (const what of ['cmdline', 'environ']) {
    assert.ok(!readFileSync(`/proc/${daemon.child.pid}/${what}`, 'utf8').includes(key));
  }
});
