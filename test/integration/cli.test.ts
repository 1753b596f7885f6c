/** The command line as people use it. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, type Daemon, type Home, makeHome, mint, runProgram, startDaemon } from './daemon.ts';

let home: Home;
let daemon: Daemon;

before(async () => {
  home = makeHome();
  daemon = await startDaemon(home);
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
});

const cli = (...args: string[]) => runProgram(home, args);

test('help goes to standard output with status 0, for all and for each', async () => {
  for (const args of [['--help'], ['serve', '--help'], ['token', 'mint', '--help'], ['call', '--help']]) {
    const { status, stdout, stderr } = await cli(...args);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: systemmanager-mcp /);
    assert.equal(stderr, '');
  }
});

test('an unknown option or command goes to standard error with status 2 and the nearest name', async () => {
  const option = await cli('call', '--jsno', 'whoami');
  assert.deepEqual([option.status, option.stdout], [2, '']);
  assert.match(option.stderr, /Did you mean --json\?/);
  const command = await cli('cal');
  assert.equal(command.status, 2);
  assert.match(command.stderr, /Did you mean 'call'\?/);
  assert.equal((await cli('token')).status, 2);
  assert.equal((await cli()).status, 2);
});

test('version says which one this is', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  assert.match((await cli('version')).stdout, new RegExp(`^systemmanager-mcp ${version} \\(Node.js 2`));
  assert.equal((await cli('--version')).stdout, `${version}\n`);
});

test('call asks the running daemon and prints JSON into a pipe', async () => {
  const { status, stdout } = await cli(
    'call',
    'get_system_status',
    '--user',
    '--arg',
    'sections=memory,load',
  );
  assert.equal(status, 0);
  const data = JSON.parse(stdout);
  assert.ok(data.memory.totalBytes > 0);
  assert.equal(data.cpu, undefined);
  assert.equal(JSON.parse((await cli('call', 'whoami', '--user', '--args', '{}')).stdout).proof, 'token');
});

test('call with a wrong argument prints the error and its hint, with status 1', async () => {
  const { status, stdout, stderr } = await cli('call', 'get_system_status', '--user', '--arg', 'sectons=cpu');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /Did you mean 'sections'/);
});

test('call without a daemon says how to start one', async () => {
  const other = makeHome();
  const { status, stderr } = await runProgram(other, ['call', 'whoami', '--user']);
  assert.equal(status, 1);
  assert.match(stderr, /systemctl start systemmanager-mcp\.socket/);
  other.remove();
});

test('a token file that others can read is refused, and a private one is used', async () => {
  const file = join(home.folder, 'token');
  writeFileSync(file, await mint(home));
  chmodSync(file, 0o644);
  const refused = await cli('call', 'whoami', '--user', '--token-file', file);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /chmod 600/);
  chmodSync(file, 0o600);
  assert.equal(
    JSON.parse((await cli('call', 'whoami', '--user', '--token-file', file)).stdout).agent,
    'tester',
  );
});

test('a token says what it is on standard error and nothing but itself on standard output', async () => {
  const { stdout, stderr } = await cli(
    'token',
    'mint',
    '--user',
    '--agent',
    'ops',
    '--scopes',
    'monitor,fs',
    '--ttl',
    '30d',
  );
  assert.match(stdout, /^sm1\.[\w-]+\.[\w-]+\n$/);
  assert.match(stderr, /^Token \S+ for ops, valid until 20/);
});

for (const [what, args, words] of [
  ['a scope that is none', ['--scopes', 'moniter'], /Did you mean 'monitor'/],
  ['a time that is none', ['--ttl', 'soon'], /30d/],
  ['a life beyond the longest', ['--ttl', '3650d'], /max_token_age/],
  ['an agent with blanks', ['--agent', 'a b'], /letters, digits/],
] as const) {
  test(`token mint refuses ${what} with what is valid`, async () => {
    const good = { agent: 'a', scopes: 'monitor', ttl: '1h' };
    const given = { ...good, [args[0].slice(2)]: args[1] };
    const words2 = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
    const { status, stdout, stderr } = await cli('token', 'mint', '--user', ...words2);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, words);
  });
}

test('a revoked token is refused within a second, and a rotated key keeps its tokens', async () => {
  const minted = await cli(
    'token',
    'mint',
    '--user',
    '--agent',
    'gone',
    '--scopes',
    'monitor',
    '--ttl',
    '1h',
  );
  const id = /^Token (\S+)/.exec(minted.stderr)?.[1] ?? '';
  const token = minted.stdout.trim();
  const status = async (bearer: string) =>
    (await ask({ socket: home.socket, path: '/tools/whoami', token: bearer })).status;
  assert.equal(await status(token), 200);
  const other = await mint(home);
  assert.equal((await cli('token', 'rotate', '--user')).status, 0);
  assert.equal((await cli('token', 'revoke', '--user', id)).status, 0);
  const until = Date.now() + 5000;
  while ((await status(token)) !== 401 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await status(token), 401);
  assert.equal(await status(other), 200);
  assert.equal(await status(await mint(home)), 200);
});

test('a static token works once its entry stands in the configuration', async (t) => {
  const other = makeHome();
  const made = await runProgram(other, [
    'token',
    'static',
    '--user',
    '--agent',
    'fixed',
    '--scopes',
    'monitor',
    '--ttl',
    '1h',
  ]);
  const yaml = made.stderr.slice(made.stderr.indexOf('security:'));
  mkdirSync(join(other.folder, 'config/systemmanager'), { recursive: true });
  writeFileSync(join(other.folder, 'config/systemmanager/config.yaml'), yaml);
  const running = await startDaemon(other);
  t.after(async () => {
    await running.end('SIGKILL');
    other.remove();
  });
  const { json } = await ask({ socket: other.socket, path: '/tools/whoami', token: made.stdout.trim() });
  assert.equal(json.data.agent, 'fixed');
  assert.equal(json.data.proof, 'configured-token');
});

test('config check names every fault, and config show every value with its origin and no secret', async () => {
  const file = join(home.folder, 'check.yaml');
  writeFileSync(file, 'server:\n  port: 99999\nlogging:\n  level: loud\n');
  const bad = await cli('config', 'check', '--user', file);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /server\.port/);
  assert.match(bad.stderr, /logging\.level/);
  const shown = await runProgram(home, ['config', 'show', '--user', '--json'], {
    SYSTEMMANAGER_SECURITY_RATE_LIMIT: '7',
  });
  const rate = JSON.parse(shown.stdout).find((one: { key: string }) => one.key === 'security.rate_limit');
  assert.equal(rate.value, 7);
  assert.match(rate.origin, /SYSTEMMANAGER_SECURITY_RATE_LIMIT/);
});

test('tools lists the catalogue without a daemon, and one tool in full', async () => {
  const other = makeHome();
  assert.match((await runProgram(other, ['tools'])).stdout, /^get_system_status +monitor/m);
  assert.match((await runProgram(other, ['tools', 'get_system_status'])).stdout, /Arguments:\n {2}sections:/);
  assert.match((await runProgram(other, ['tools', 'get_sistem_status'])).stderr, /get_system_status/);
  other.remove();
});

test('config check says of an allowed folder that it is missing, and of one that is a link where it leads', async () => {
  const file = join(home.folder, 'roots.yaml');
  const [real, link] = [join(home.folder, 'real'), join(home.folder, 'link')];
  mkdirSync(real);
  symlinkSync('real', link);
  writeFileSync(file, `filesystem:\n  allowed_paths: ['${link}', '${real}/none']\n`);
  const { status, stdout } = await cli('config', 'check', '--user', file);
  assert.equal(status, 0);
  const words = stdout.replace(/\s+/g, ' ');
  assert.ok(
    words.includes(`Note: to this user, ${link} of filesystem.allowed_paths leads to ${real}.`),
    words,
  );
  assert.ok(
    words.includes(`Warning: to this user, ${real}/none of filesystem.allowed_paths does not exist`),
    words,
  );
});
