/** The running daemon over HTTP: routes, answers, errors, on the Unix socket and on TCP. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import {
  type Answer,
  ask,
  auditOf,
  type Daemon,
  freePort,
  type Home,
  makeHome,
  mint,
  startDaemon,
} from './daemon.ts';

let home: Home;
let daemon: Daemon;
let port: number;
let token: string;

before(async () => {
  home = makeHome();
  port = await freePort();
  daemon = await startDaemon(home, ['--set', `server.port=${port}`], {
    SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000',
    SYSTEMMANAGER_SERVER_ALLOWED_HOSTS: 'nas.example',
  });
  token = await mint(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const unix = (path: string, more: Partial<Parameters<typeof ask>[0]> = {}): Promise<Answer> =>
  ask({ socket: home.socket, path, ...more });
const tcp = (path: string, more: Partial<Parameters<typeof ask>[0]> = {}): Promise<Answer> =>
  ask({ port, path, ...more });
const lastRecord = () => auditOf(home).at(-1);

test('a status is answered with a token, on the Unix socket and on TCP alike', async () => {
  for (const answer of [
    await unix('/tools/get_system_status', { token }),
    await tcp('/tools/get_system_status', { token }),
  ]) {
    assert.equal(answer.status, 200);
    assert.equal(answer.json.success, true);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  }
});

test('the total memory is that of this machine', async () => {
  const { json } = await unix('/tools/get_system_status?sections=memory', { token });
  const kib = Number(/^MemTotal: +(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  assert.equal(json.data.memory.totalBytes, kib * 1024);
});

test('GET and POST give the same answer to the same call', async () => {
  const get = await unix('/tools/whoami', { token });
  const post = await unix('/tools/whoami', { token, body: '{}' });
  const { expiresInSeconds: a, ...one } = get.json.data;
  const { expiresInSeconds: b, ...two } = post.json.data;
  assert.deepEqual(one, two);
  assert.ok(Math.abs(a - b) <= 2);
});

test('health needs no token and says nothing of the host', async () => {
  const { status, json } = await tcp('/health');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['status', 'uptimeSeconds', 'uptime', 'timestamp', 'version']);
  assert.equal(json.status, 'healthy');
});

test('ready is 200 once it is READY', async () => {
  assert.equal((await unix('/ready')).status, 200);
});

test('without a token there is a 401 without a way to OAuth, and a record', async () => {
  const { status, headers, json } = await unix('/tools/get_system_status');
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], 'Bearer realm="systemmanager"');
  assert.equal(json.success, false);
  assert.equal(json.error.code, 'token_missing');
  assert.equal(json.error.category, 'AUTH_ERROR');
  assert.equal(json.error.correlationId, headers['x-correlation-id']);
  assert.equal(lastRecord().correlationId, json.error.correlationId);
  assert.equal(lastRecord().outcome, 'refused');
});

test('with a wrong token the 401 says that it is the token', async () => {
  const { status, headers, json } = await unix('/tools/whoami', { token: `${token.slice(0, -2)}AA` });
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], 'Bearer realm="systemmanager", error="invalid_token"');
  assert.equal(json.error.code, 'token_invalid');
});

test('a missing scope is 403 and names it', async () => {
  const metricsOnly = await mint(home, 'metrics');
  const { status, json } = await unix('/tools/get_system_status', { token: metricsOnly });
  assert.equal(status, 403);
  assert.match(json.error.message, /monitor/);
  assert.equal(json.error.category, 'PERMISSION_ERROR');
});

for (const path of [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/nothing',
  '/tools/',
  '/tools/a/b',
  '/sse',
  '/',
]) {
  test(`${path} is 404 with a JSON body`, async () => {
    const { status, json } = await unix(path, { token });
    assert.equal(status, 404);
    assert.equal(json.success, false);
  });
}

test('POST /register is 404 with a JSON body', async () => {
  const { status, json } = await unix('/register', { body: '{}' });
  assert.equal(status, 404);
  assert.equal(json.error.code, 'route_unknown');
});

test('a method that a route does not take is 405 with those that it does', async () => {
  const { status, headers } = await unix('/tools/whoami', { token, method: 'PUT' });
  assert.equal(status, 405);
  assert.equal(headers['allow'], 'GET, POST');
  assert.equal((await unix('/health', { method: 'DELETE' })).headers['allow'], 'GET');
});

test('an unknown tool is 404 with the nearest name', async () => {
  const { status, json } = await unix('/tools/get_sistem_status', { token });
  assert.equal(status, 404);
  assert.match(json.error.hint, /get_system_status/);
});

test('an argument that is none is 400 with the nearest name', async () => {
  const { status, json } = await unix('/tools/get_system_status?sectons=cpu', { token });
  assert.equal(status, 400);
  assert.match(json.error.hint, /Did you mean 'sections'/);
});

test('a sane correlation id is kept, in the answer and in the record', async () => {
  const { headers } = await unix('/tools/whoami', { token, headers: { 'X-Correlation-ID': 'job-42:a.b_c' } });
  assert.equal(headers['x-correlation-id'], 'job-42:a.b_c');
  assert.equal(lastRecord().correlationId, 'job-42:a.b_c');
});

test('a correlation id of another shape is replaced', async () => {
  for (const id of ['a b', 'x'.repeat(65), '"', '<script>']) {
    const { headers } = await unix('/tools/whoami', { token, headers: { 'X-Correlation-ID': id } });
    assert.match(String(headers['x-correlation-id']), /^[0-9a-f-]{36}$/);
  }
});

test('a foreign Host or Origin on TCP is 403, before the token is looked at', async () => {
  assert.equal((await tcp('/health', { headers: { Host: 'evil.example' } })).status, 403);
  assert.equal(
    (await tcp('/tools/whoami', { token, headers: { Origin: 'http://evil.example' } })).status,
    403,
  );
  assert.equal((await tcp('/health', { headers: { Host: 'nas.example' } })).status, 200);
});

test('a CORS preflight is refused', async () => {
  const { status, headers } = await tcp('/tools/whoami', {
    method: 'OPTIONS',
    headers: { Origin: 'http://localhost', 'Access-Control-Request-Method': 'POST' },
  });
  assert.equal(status, 405);
  assert.equal(headers['access-control-allow-origin'], undefined);
});

test('a token in the query string is refused, also a valid one, and not recorded', async () => {
  for (const query of [`token=${token}`, `access_token=${token}`, `x=${token}`]) {
    const { status, json } = await unix(`/tools/whoami?${query}`);
    assert.equal(status, 400);
    assert.equal(json.error.code, 'token_misplaced');
  }
  assert.ok(!readFileSync(home.auditFile, 'utf8').includes(token));
});

test('the tools listed are those that the caller may use', async () => {
  const names = async (scopes: string) =>
    (await unix('/tools', { token: await mint(home, scopes) })).json.data.tools.map(
      (tool: { name: string }) => tool.name,
    );
  assert.deepEqual(await names('metrics'), ['whoami']);
  assert.ok((await names('monitor')).includes('get_system_status'));
});

test('whoami says who one is by whichever door', async () => {
  const { json } = await unix('/tools/whoami', { token });
  assert.equal(json.data.agent, 'tester');
  assert.equal(json.data.proof, 'token');
  assert.equal(json.data.door, 'mcp');
  assert.deepEqual(json.data.scopes, ['monitor']);
  assert.ok(json.data.expiresInSeconds > 3500 && json.data.expiresInSeconds <= 3600);
  assert.equal((await tcp('/tools/whoami', { token })).json.data.door, 'tcp');
});

test('an older name answers, and the record has both names', async () => {
  const { status } = await unix('/tools/get_network_interfaces', { token });
  assert.equal(status, 200);
  assert.equal(lastRecord().tool, 'get_network_status');
  assert.equal(lastRecord().alias, 'get_network_interfaces');
});

test('a hundred calls at once trigger no sample and are all answered', async () => {
  const interval = async () =>
    (await unix('/tools/get_system_status?sections=cpu', { token })).json.data.intervalMs as number;
  // The second sample follows the first after a tenth of a second: wait for the ordinary ones.
  while ((await interval()) < 500) await new Promise((resolve) => setImmediate(resolve));
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => unix('/tools/get_system_status?sections=cpu', { token })),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  // Samples are a second apart: one taken by a request would show as a shorter interval.
  assert.ok((await interval()) > 500);
  const samples = new Set(answers.map(({ json }) => json.data.sampledAt));
  assert.ok(samples.size <= 2, [...samples].join(' '));
});

/** Sends a body with a token that is none, and tells how its connection goes on. */
async function refusedBody(
  agent: Agent,
  bytes: number,
): Promise<{ answer: IncomingMessage; reused: boolean }> {
  const outgoing = request({
    port,
    agent,
    method: 'POST',
    path: '/tools/get_system_status',
    headers: { Authorization: 'Bearer none', 'Content-Type': 'application/json', 'Content-Length': bytes },
  });
  outgoing.end(Buffer.alloc(bytes, 0x20));
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return { answer, reused: outgoing.reusedSocket };
}

test('a refusal takes a small body to its end and keeps its connection; before a large one it says that it ends', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await refusedBody(agent, 60_000);
  const second = await refusedBody(agent, 200_000);
  const third = await refusedBody(agent, 10);
  agent.destroy();
  assert.deepEqual(
    [first, second, third].map(({ answer, reused }) => [
      answer.statusCode,
      answer.headers.connection,
      reused,
    ]),
    [
      [401, 'keep-alive', false],
      [401, 'close', true],
      [401, 'keep-alive', false],
    ],
  );
});
