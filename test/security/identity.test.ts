/** Identity and permission: every way to call without the right, tried against the running daemon. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ask,
  auditOf,
  type Daemon,
  freePort,
  type Home,
  makeHome,
  mint,
  runProgram,
  startDaemon,
} from '../integration/daemon.ts';

let home: Home;
let daemon: Daemon;
let port: number;
let token: string;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = await startDaemon(home, ['--set', `server.port=${port}`]);
  token = await mint(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const whoami = (bearer: string) => ask({ socket: home.socket, path: '/tools/whoami', token: bearer });
const [head = '', claims = '', signature = ''] = ['sm1', 'e30', 'x'.repeat(43)];

const malformed: Record<string, string> = {
  'without dots': 'sm1',
  'with one dot': `${head}.${claims}`,
  'with three dots': `${head}.${claims}.${signature}.x`,
  'with padding': `${head}.${claims}=.${signature}=`,
  'in upper-case hexadecimal': 'SM1.7B7D.ABCDEF0123456789ABCDEF0123456789ABCDEF01234',
  'of another version': `sm2.${claims}.${signature}`,
  'that is empty JSON': `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
  'with a path in it': `${head}.../../etc/passwd.${signature}`,
};

for (const [what, bearer] of Object.entries(malformed)) {
  test(`a token ${what} is 401 and on record`, async () => {
    const { status, json } = await whoami(bearer);
    assert.ok([401, 429].includes(status), String(status));
    if (bearer.length > 10) assert.ok(!JSON.stringify(json).includes(bearer));
  });
}

test('a token of a megabyte is refused before anybody looks at it', async () => {
  assert.equal((await whoami('x'.repeat(1024 * 1024)).catch(() => ({ status: 431 }))).status, 431);
});

test('a token with any byte changed is refused', async () => {
  for (let at = 4; at < token.length; at += 7) {
    const other = token[at] === 'A' ? 'B' : 'A';
    const { status } = await whoami(token.slice(0, at) + other + token.slice(at + 1));
    assert.ok([401, 429].includes(status), `${status} at ${at}`);
  }
});

test('guessing is limited by source, and a valid token is still accepted', async () => {
  let throttled = false;
  for (let i = 0; i < 25; i++) {
    const { status, headers } = await whoami(`${token.slice(0, -3)}${String(100 + i)}`);
    if (status !== 429) continue;
    throttled = true;
    assert.match(String(headers['retry-after']), /^[1-9]\d*$/);
  }
  assert.equal(throttled, true);
  assert.equal((await whoami(token)).status, 200);
});

test('two Authorization headers are refused', async () => {
  const { status } = await ask({
    socket: home.socket,
    path: '/tools/whoami',
    headers: { Authorization: [`Bearer ${token}`, `Bearer ${token}`] },
  });
  assert.ok([401, 429].includes(status));
});

test('a scheme other than Bearer is refused, and the case of Bearer does not matter', async () => {
  const withHeader = (Authorization: string) =>
    ask({ port, path: '/tools/whoami', headers: { Authorization } });
  assert.equal((await withHeader(`Basic ${token}`)).status, 401);
  assert.equal((await withHeader(`bearer ${token}`)).status, 200);
});

test('forged headers of a proxy give nothing', async () => {
  for (const name of ['Tailscale-User-Login', 'X-Forwarded-User', 'X-Forwarded-For', 'Forwarded']) {
    const { status } = await ask({ port, path: '/tools/whoami', headers: { [name]: 'admin@example.com' } });
    assert.equal(status, 401);
  }
});

test('what Tailscale Funnel lets in from the internet is refused at every door, with the best of tokens', async () => {
  for (const where of [{ socket: home.socket }, { port }]) {
    for (const path of ['/tools/whoami', '/health']) {
      const headers = { 'Tailscale-Funnel-Request': '?1' };
      const { status, json } = await ask({ ...where, path, token, headers });
      assert.deepEqual([status, json.error.code], [403, 'funnel_refused']);
    }
  }
});

test('a request line that is none gets a JSON error and its connection ends', async () => {
  const socket = createConnection(home.socket);
  socket.end('NONSENSE\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  assert.match(text, /^HTTP\/1\.1 400 /);
  assert.match(text, /"success":false/);
});

test('every refusal above is on record, one by one or folded, and no token with them', () => {
  const records = auditOf(home);
  assert.ok(records.filter(({ outcome }) => outcome === 'refused').length >= 20);
  assert.ok(!readFileSync(home.auditFile, 'utf8').includes(token.slice(20)));
});

const broken: Record<string, [string, number, RegExp]> = {
  'that others can read': ['', 0o644, /chmod 600/],
  'that is empty': ['', 0o600, /the file is empty/],
  'with a placeholder': [
    JSON.stringify({
      version: 1,
      keys: [{ id: 'a', secret: 'change-me', createdAt: '2026-01-01T00:00:00Z' }],
    }),
    0o600,
    /placeholder/,
  ],
  'with a short secret': [
    JSON.stringify({ version: 1, keys: [{ id: 'a', secret: 'c2hvcnQ', createdAt: '2026-01-01T00:00:00Z' }] }),
    0o600,
    /shorter than 32 bytes/,
  ],
};

for (const [what, [text, mode, words]] of Object.entries(broken)) {
  test(`a key file ${what} stops the start and is named`, async () => {
    const other = makeHome();
    const folder = join(other.folder, 'state/systemmanager');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'keys.json'), text, { mode: 0o600 });
    chmodSync(join(folder, 'keys.json'), mode);
    const { status, stderr } = await runProgram(other, ['serve', '--user', '--as-root']);
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.match(stderr, /keys\.json/);
    other.remove();
  });
}
