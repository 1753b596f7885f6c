/** Behind a proxy of root's own on this machine, as Tailscale Serve is one: only a token gives a right, at every door. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ask, auditOf, type Home, makeHome, mint, program, watch } from './daemon.ts';
import { type Listening, tcpListening, unixListening } from './listening.ts';
import { type Front, openFront } from './nginx.ts';

const missing = spawnSync('nginx', ['-v']).error !== undefined;
const skip = missing && 'nginx is not installed';

/** A way to one door: straight to it, and through the proxy before it. */
interface Way {
  readonly straight: { readonly socket: string } | { readonly port: number };
  readonly proxied: { readonly port: number };
}

/** Ended in reverse, also where a start failed half-way. */
const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

function spawnWith(
  home: Home,
  doors: Readonly<Record<string, Listening>>,
  args: readonly string[],
): ChildProcess {
  const names = Object.keys(doors);
  const child = spawn(
    'sh',
    ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...program, 'serve', '--user', '--as-root', ...args],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...home.env, LISTEN_FDS: String(names.length), LISTEN_FDNAMES: names.join(':') },
      stdio: ['ignore', 'pipe', 'pipe', ...Object.values(doors).map(({ fd }) => fd)],
    },
  );
  for (const { close } of Object.values(doors)) close();
  return child;
}

function makeOwnHome(): Home {
  const home = makeHome();
  ends.push(home.remove);
  return home;
}

/** A daemon that is handed doors by these names, each with a proxy before it. */
async function start(home: Home, names: readonly string[], args: readonly string[]) {
  const made = names.map((name) => {
    if (name !== 'tcp') {
      const path = join(home.folder, `${name}.sock`);
      return { name, listening: unixListening(path), straight: { socket: path }, upstream: `unix:${path}` };
    }
    const listening = tcpListening();
    const { port } = listening;
    return { name, listening, straight: { port }, upstream: `127.0.0.1:${port}` };
  });
  const daemon = watch(
    spawnWith(home, Object.fromEntries(made.map(({ name, listening }) => [name, listening])), args),
    home,
  );
  ends.push(() => daemon.end('SIGKILL'));
  await daemon.says('"msg":"ready"');
  const ways: Record<string, Way> = {};
  for (const { name, straight, upstream } of made) {
    const proxied = await frontOf(home, upstream);
    ways[name] = { straight, proxied };
  }
  return (name: string): Way => ways[name] ?? assert.fail(`no door ${name}`);
}

async function frontOf(home: Home, upstream: string, silent = false): Promise<Front> {
  const front = await openFront(home.folder, upstream, { silent });
  ends.push(front.close);
  return front;
}

const doors = ['mcp', 'tcp', 'tailscale'] as const;
let home: Home;
let strict: (name: string) => Way;
/** Asks no token of a program of this machine: the most that a door ever gives. */
let open: (name: string) => Way;
let token: string;

before(async () => {
  if (missing) return;
  home = makeOwnHome();
  const settings = ['--set', 'server.transport=http-sse', '--set', 'security.rate_limit=100000'];
  strict = await start(home, doors, settings);
  open = await start(makeOwnHome(), ['mcp', 'tcp'], [...settings, '--set', 'server.auth_required=false']);
  token = await mint(home);
});

/** Each says that the sender is somebody, somewhere or something that it is not. */
const forged: readonly Readonly<Record<string, string | string[]>>[] = [
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-For': ['127.0.0.1', '::1'] },
  { 'X-Forwarded-User': 'root', 'X-Forwarded-Email': 'root@localhost', 'X-Real-IP': '127.0.0.1' },
  { Forwarded: 'for=127.0.0.1;by=unix;host=localhost;proto=https' },
  { Via: '1.1 localhost' },
  { 'Tailscale-User-Login': 'owner@example.com', 'Tailscale-User-Name': 'Owner' },
  { 'Tailscale-User-Login': ['owner@example.com', 'other@example.com'] },
  { 'Tailscale-App-Capabilities': '{"example.com/cap/systemmanager":[{"scopes":["admin"]}]}' },
  { 'Remote-User': 'root', 'X-Remote-User': 'root', 'X-Authenticated-User': 'root' },
];
const path = '/tools/whoami';

for (const door of doors) {
  test(`at the door ${door} no forged header stands for a token`, { skip }, async () => {
    for (const headers of [{}, ...forged]) {
      const { status, json } = await ask({ ...strict(door).proxied, path, headers });
      assert.deepEqual([status, json.error.code], [401, 'token_missing'], JSON.stringify(headers));
    }
  });

  test(`at the door ${door} a token passes through, and no header changes whom it stands for`, {
    skip,
  }, async () => {
    for (const headers of [{}, ...forged]) {
      const { status, json } = await ask({ ...strict(door).proxied, path, headers, token });
      assert.equal(status, 200);
      const { agent, proof, scopes, door: entered } = json.data;
      assert.deepEqual([agent, proof, scopes, entered], ['tester', 'token', ['monitor'], door]);
    }
  });

  test(`at the door ${door} no header adds a scope`, { skip }, async () => {
    for (const headers of forged) {
      const { status, json } = await ask({
        ...strict(door).proxied,
        path: '/tools/read_file?path=/var/log/syslog',
        headers,
        token,
      });
      assert.deepEqual([status, json.error.code], [403, 'scope_missing']);
    }
  });

  test(`at the door ${door} who comes after a token on the proxy's connection needs one of its own`, {
    skip,
  }, async () => {
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await ask({ ...strict(door).proxied, path, token })).status, 200);
      assert.equal((await ask({ ...strict(door).proxied, path })).status, 401);
    }
  });

  test(`at the door ${door} what Funnel lets in is refused with any token`, { skip }, async () => {
    const headers = { 'Tailscale-Funnel-Request': '?1' };
    const { status, json } = await ask({ ...strict(door).proxied, path, token, headers });
    assert.deepEqual([status, json.error.code], [403, 'funnel_refused']);
  });

  test(`at the door ${door} MCP works through the proxy, its streams too`, { skip }, async () => {
    const base = `http://127.0.0.1:${strict(door).proxied.port}`;
    const requestInit = { headers: { Authorization: `Bearer ${token}` } };
    const transports = [
      new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }),
      // Every answer of the older transport comes by one stream that stays open.
      new SSEClientTransport(new URL(`${base}/sse`), {
        requestInit,
        eventSourceInit: {
          fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...requestInit.headers } }),
        },
      }),
    ];
    for (const transport of transports) {
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(transport as Transport);
      assert.ok((await client.listTools()).tools.length > 1);
      for (let turn = 0; turn < 5; turn++) {
        const { structuredContent } = await client.callTool({ name: 'whoami', arguments: {} });
        assert.equal((structuredContent as { door: string }).door, door);
      }
      await client.close();
    }
  });
}

test('at the door for Serve neither a silent proxy nor the uid of root stands for a token', {
  skip,
}, async () => {
  const { straight } = strict('tailscale');
  const silent = await frontOf(home, `unix:${join(home.folder, 'tailscale.sock')}`, true);
  assert.equal((await ask({ port: silent.port, path })).status, 401);
  assert.equal((await ask({ ...straight, path })).status, 401);
});

for (const door of ['mcp', 'tcp'] as const) {
  test(`at the door ${door} that asks no token of this machine's own programs a proxied request needs one`, {
    skip,
  }, async () => {
    assert.equal((await ask({ ...open(door).straight, path })).status, 200);
    for (const headers of [{}, ...forged]) {
      assert.equal((await ask({ ...open(door).proxied, path, headers })).status, 401);
    }
  });
}

test('with the door for Serve nobody is let in without a token: the daemon does not start so', {
  skip,
}, async () => {
  const other = makeOwnHome();
  const listening = unixListening(join(other.folder, 'tailscale.sock'));
  const child = spawnWith(other, { tailscale: listening }, ['--set', 'server.auth_required=false']);
  const daemon = watch(child, other);
  ends.push(() => daemon.end('SIGKILL'));
  const [status] = await once(child, 'close');
  assert.equal(status, 1);
  assert.match(
    daemon.stderr(),
    /server\.auth_required is false, and .*tailscale\.sock reaches beyond this machine/,
  );
});

test('the record says by which door a call came and from which socket, not what a header claims', {
  skip,
}, () => {
  const sources = new Set(
    auditOf(home).flatMap(({ door, source }) => (door === undefined ? [] : [`${door} ${source}`])),
  );
  const uid = `uid ${process.getuid?.()}`;
  assert.deepEqual([...sources].sort(), [`mcp ${uid}`, `tailscale ${uid}`, 'tcp 127.0.0.1']);
});
