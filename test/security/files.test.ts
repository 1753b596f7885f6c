/** Files: every way out of the allowed folders, tried against the running daemon. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ask, auditOf, type Daemon, type Home, makeHome, mint, startDaemon } from '../integration/daemon.ts';

const planted = 'PLANTED-CONTENT';
let home: Home;
let daemon: Daemon;
let token: string;
let base: string;
let root: string;

before(async () => {
  home = makeHome();
  base = realpathSync(mkdtempSync(join(tmpdir(), 'files-')));
  root = join(base, 'open');
  mkdirSync(join(root, 'sub/.ssh'), { recursive: true });
  for (const folder of ['openevil', 'outside']) mkdirSync(join(base, folder));
  for (const file of [
    'openevil/inner',
    'outside/inner',
    'outside/only-outside',
    'open/id_rsa',
    'open/sub/.ssh/config',
    'open/Tls.PEM',
  ]) {
    writeFileSync(join(base, file), `${planted}\n`);
  }
  writeFileSync(join(root, 'plain.log'), 'one\ntwo\nthree\n');
  symlinkSync(join(base, 'outside/inner'), join(root, 'link'));
  symlinkSync(join(base, 'outside'), join(root, 'linked'));
  symlinkSync('loop', join(root, 'loop'));
  linkSync(join(base, 'outside/inner'), join(root, 'second-name'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  writeFileSync(join(root, 'sparse'), 'start\n');
  truncateSync(join(root, 'sparse'), 50 * 2 ** 30);
  writeFileSync(join(root, 'bomb.gz'), gzipSync(Buffer.alloc(20 * 2 ** 20, 'x')));
  writeFileSync(join(root, 'old.gz'), gzipSync('packed\n'));
  daemon = await startDaemon(home, [
    '--set',
    `filesystem.allowed_paths=${root},/proc/self,/dev,${base}/missing`,
    '--set',
    'security.rate_limit=1000000',
  ]);
  token = await mint(home, 'fs');
});

after(async () => {
  await daemon.end('SIGKILL');
  home.remove();
  rmSync(base, { recursive: true, force: true });
});

const call = (tool: string, args: Record<string, unknown>) =>
  ask({ socket: home.socket, path: `/tools/${tool}`, token, body: JSON.stringify(args) });
const tools = [
  'read_file',
  'get_file_info',
  'list_directory',
  'search_files',
  'search_text',
  'get_disk_usage',
];
const contentTools = ['read_file', 'list_directory', 'search_files', 'search_text', 'get_disk_usage'];
const further: Readonly<Record<string, object>> = { search_text: { pattern: 'PLANTED' } };

async function refused(path: string, codes: string[], of = tools): Promise<void> {
  for (const tool of of) {
    const { text, json } = await call(tool, { path, ...further[tool] });
    assert.ok(!text.includes(planted), `${tool} ${path} leaks`);
    assert.ok(codes.includes(json.error?.code), `${tool} ${JSON.stringify(path)}: ${text}`);
  }
}

test('a path with .. in it, a relative one and one with NUL or control characters is refused', async () => {
  for (const path of [
    `${root}/../outside/inner`,
    'plain.log',
    '',
    `${root}/plain.log\0.txt`,
    `${root}/\u001b[31m`,
  ])
    await refused(path, ['arguments_invalid']);
});

test('a folder whose name begins like an allowed one is refused', async () => {
  await refused(join(base, 'openevil/inner'), ['path_refused']);
  await refused('/etc/passwd', ['path_refused']);
});

test('no symbolic link is followed, to a file, through a folder or in a circle', async () => {
  await refused(join(root, 'link'), ['path_refused'], ['read_file', 'list_directory']);
  await refused(join(root, 'linked/inner'), ['path_refused']);
  await refused(join(root, 'loop'), ['path_refused'], ['read_file', 'list_directory']);
});

test('where a link leads is told as text', async () => {
  const { json } = await call('get_file_info', { path: join(root, 'link') });
  assert.equal(json.data.target, join(base, 'outside/inner'));
});

test('a file with a second name is not read', async () => {
  await refused(join(root, 'second-name'), ['path_refused'], ['read_file']);
});

test('what is in proc is refused, though the operator allowed it', async () => {
  await refused('/proc/self/environ', ['path_refused']);
  await refused('/proc/self/root/etc/passwd', ['path_refused']);
});

test('denied names are refused to all tools, and do not show in a list', async () => {
  for (const name of ['id_rsa', 'id_none', 'sub/.ssh', 'sub/.ssh/config', 'Tls.PEM'])
    await refused(join(root, name), ['path_refused']);
  const { text, json } = await call('list_directory', { path: root, depth: 5, limit: 40 });
  for (const name of ['id_rsa', '.ssh', 'Tls.PEM', 'openevil']) assert.ok(!text.includes(name), name);
  assert.equal(json.data.kept, 3);
});

test('an allowed folder that is missing is said to be', async () => {
  const { json } = await call('list_directory', { path: join(base, 'missing') });
  assert.match(json.error.message, /The allowed folder .* does not exist/);
});

test('many reads of a FIFO are refused at once and a file is read after them', async () => {
  await Promise.all(
    Array.from({ length: 8 }, () => refused(join(root, 'fifo'), ['path_refused'], ['read_file'])),
  );
  const { json } = await call('read_file', { path: join(root, 'plain.log') });
  assert.equal(json.data.content, 'one\ntwo\nthree\n');
});

test('the end of a sparse file of 50 GB is read without reading the rest', async () => {
  const { json } = await call('get_file_info', { path: join(root, 'sparse') });
  assert.equal(json.data.sizeBytes, 50 * 2 ** 30);
  assert.equal((await call('read_file', { path: join(root, 'sparse'), from: 'end' })).json.data.binary, true);
});

test('a gzip file is read as text and a bomb is refused', async () => {
  assert.equal((await call('read_file', { path: join(root, 'old.gz') })).json.data.content, 'packed\n');
  await refused(join(root, 'bomb.gz'), ['path_refused'], ['read_file']);
});

test('lines of 0, below 0 and beyond all numbers are refused', async () => {
  for (const lines of [0, -1, 1e308, 'NaN', null]) {
    const { json } = await call('read_file', { path: join(root, 'plain.log'), lines });
    assert.equal(json.error.code, 'arguments_invalid');
  }
});

test('a token narrowed to a folder sees that one, to a file that one, and nothing beside them with any tool', async () => {
  mkdirSync(join(root, 'narrow'));
  writeFileSync(join(root, 'narrow/inner.log'), 'inner\n');
  writeFileSync(join(root, 'narrow.log'), `${planted}\n`);
  symlinkSync('../plain.log', join(root, 'narrow/out'));
  const narrowed = await mint(home, 'fs', [
    '--narrow',
    `fs=${root}/narrow/`,
    '--narrow',
    `fs=${root}/old.gz`,
  ]);
  const asked = async (tool: string, path: string) => {
    const body = JSON.stringify({ path, ...further[tool] });
    return (await ask({ socket: home.socket, path: `/tools/${tool}`, token: narrowed, body })).json;
  };
  assert.equal((await asked('read_file', join(root, 'narrow/inner.log'))).data.content, 'inner\n');
  assert.equal((await asked('read_file', join(root, 'old.gz'))).data.content, 'packed\n');
  assert.equal((await asked('search_files', join(root, 'narrow'))).data.found.length, 2);
  for (const tool of tools)
    for (const beside of ['', 'narrow.log', 'plain.log', 'narrow/../plain.log', 'sub', 'narrow/out/x']) {
      const answer = await asked(tool, join(root) + (beside && `/${beside}`));
      assert.match(
        answer.error?.code ?? 'answered',
        /^(path_refused|arguments_invalid|not_found)$/,
        `${tool} ${beside}`,
      );
    }
});

test('sockets and devices are told of and never opened for their content', async () => {
  const server = createServer().listen(join(root, 'socket'));
  await once(server, 'listening');
  const { json } = await call('get_file_info', { path: join(root, 'socket') });
  server.close();
  assert.equal(json.data.type, 'socket');
  assert.equal((await call('get_file_info', { path: '/dev/zero' })).json.data.type, 'char-device');
  for (const path of ['/dev/zero', '/dev/null']) await refused(path, ['path_refused'], contentTools);
  const usage = await call('search_text', { path: '/dev', pattern: 'x', seconds: 2 });
  assert.equal(usage.json.success, true, usage.text);
});

test('a hash is of the content, and of nothing that may not be read', async () => {
  const asked = (name: string) => call('get_file_info', { path: join(root, name), hash: true });
  assert.equal(
    (await asked('plain.log')).json.data.sha256,
    createHash('sha256').update('one\ntwo\nthree\n').digest('hex'),
  );
  for (const name of ['link', 'second-name', 'fifo', 'sub'])
    assert.equal((await asked(name)).json.error?.code, 'path_refused', name);
  assert.match((await asked('sparse')).json.error?.message, /more than 10485760 bytes/);
});

test('a file that grows and shrinks while it is read is answered every time, or said to be gone', async () => {
  const path = join(root, 'unsteady.log');
  const line = `${'x'.repeat(99)}\n`;
  for (let round = 0; round < 40; round++) {
    writeFileSync(path, line.repeat(round % 2 === 0 ? 1000 : 1));
    const asking = ['start', 'end'].map((from) => call('read_file', { path, from }));
    truncateSync(path, round % 3 === 0 ? 0 : 50_000);
    for (const { json, text } of await Promise.all(asking)) {
      assert.equal(json.success, true, text);
      assert.match(json.data.content ?? '', /^[x\n\0\ufffd ]*$/);
    }
  }
});

test('a line of a gigabyte costs no more than an answer', async () => {
  const path = join(root, 'endless.log');
  writeFileSync(path, 'x'.repeat(100_000));
  truncateSync(path, 2 ** 30);
  for (const from of ['start', 'end']) {
    const { json, text } = await call('read_file', { path, from, lines: 1 });
    assert.equal(json.success, true, text.slice(0, 200));
    assert.ok(text.length < 70_000);
  }
  assert.equal(
    (await call('search_text', { path: root, pattern: 'x{9}y', regexp: true })).json.success,
    true,
  );
  rmSync(path);
});

test('a tree of 10,000 levels is gone through as far as it may, and the rest is counted', async () => {
  const deep = join(root, 'deep');
  mkdirSync(deep);
  const dig = "for (let i = 0; i < 10000; i++) { fs.mkdirSync('d'); process.chdir('d'); }";
  execFileSync(process.execPath, ['-e', dig], { cwd: deep });
  for (const tool of ['search_files', 'search_text', 'get_disk_usage']) {
    const { json, text } = await call(tool, {
      path: deep,
      ...further[tool],
      ...(tool === 'search_files' && { name: 'none' }),
    });
    assert.equal(json.success, true, text);
    assert.equal(json.data.unreadable, 1, tool);
  }
  assert.equal((await call('list_directory', { path: deep, depth: 5 })).json.data.entries.length, 5);
  await refused(`${deep}${'/d'.repeat(3000)}`, ['arguments_invalid']);
  execFileSync('rm', ['-rf', deep]);
});

test('names with newlines, control sequences and bytes that are no UTF-8 are shown as text of one line', async () => {
  const odd = join(root, 'odd');
  mkdirSync(odd);
  for (const name of ['new\nline', 'red\u001b[31m', 'bell\u0007']) writeFileSync(join(odd, name), 'x\n');
  writeFileSync(Buffer.concat([Buffer.from(`${odd}/raw`), Buffer.from([0xff, 0xfe])]), 'x\n');
  for (const [tool, more] of [
    ['list_directory', {}],
    ['search_files', {}],
    ['search_text', { pattern: 'x' }],
    ['get_disk_usage', {}],
  ] as const) {
    const { json, text } = await call(tool, { path: odd, ...more });
    assert.equal(json.success, true, text);
    assert.ok(!/\\n(?!")|\\u001b|\\u0007|\u001b/.test(JSON.stringify(json.data)), `${tool}: ${text}`);
  }
  rmSync(odd, { recursive: true });
});

test('a pattern that would take for ever elsewhere is answered in its time', async () => {
  writeFileSync(join(root, 'many-a.log'), `${'a'.repeat(50_000)}b\n`);
  const { json, text } = await call('search_text', {
    path: join(root),
    pattern: '(a+)+$|(a|aa)+c',
    regexp: true,
    seconds: 20,
  });
  assert.equal(json.success, true, text);
  assert.equal(json.data.truncated, undefined);
});

test('without the scope fs nothing is told, and every refusal is on record', async () => {
  const other = await mint(home, 'monitor');
  const { json } = await ask({
    socket: home.socket,
    path: '/tools/read_file',
    token: other,
    body: JSON.stringify({ path: join(root, 'plain.log') }),
  });
  assert.equal(json.error.code, 'scope_missing');
  // Of so many refusals the first ones are written one by one.
  const refusals = auditOf(home).filter(({ outcome }) => outcome === 'refused');
  assert.ok(refusals.length >= 20 && refusals.every(({ code }) => code !== undefined), `${refusals.length}`);
});

/** What each tool is asked while names change under it, and whether the answer shows that it saw the harmless file. */
const underAttack: Readonly<Record<string, (arena: string) => readonly Record<string, unknown>[]>> = {
  read_file: (arena) => [{ path: join(arena, 'swapped') }, { path: join(arena, 'way/inner') }],
  get_file_info: (arena) => [{ path: join(arena, 'swapped') }, { path: join(arena, 'way/inner') }],
  list_directory: (arena) => [{ path: join(arena, 'way') }, { path: arena, depth: 3 }],
  search_files: (arena) => [{ path: join(arena, 'way') }, { path: arena, types: ['file'] }],
  search_text: (arena) => [
    { path: arena, pattern: 'PLANTED' },
    { path: join(arena, 'swapped'), pattern: 'PLANTED|harm', regexp: true },
  ],
  get_disk_usage: (arena) => [{ path: join(arena, 'way') }, { path: arena, depth: 3 }],
};

/** The planted content without its pattern, a name that is only outside, and the size of what is there. */
const leaks = [`${planted}\\n`, `${planted}"`, 'only-outside', `"sizeBytes":${planted.length + 1}`];

for (const [tool, asks] of Object.entries(underAttack)) {
  test(`links swapped for files and folders during five seconds get nothing out of ${tool}`, async (t) => {
    const arena = join(root, `arena-${tool}`);
    mkdirSync(arena);
    const swapper = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        resolve(import.meta.dirname, 'programs/swap-link.ts'),
        arena,
        join(base, 'outside'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.after(() => swapper.kill('SIGKILL'));
    await once(swapper.stdout, 'data');
    let answered = 0;
    for (const end = performance.now() + 5000; performance.now() < end; ) {
      for (const args of asks(arena)) {
        const { text, json } = await call(tool, args);
        for (const leak of leaks) assert.ok(!text.includes(leak), text);
        if (json.success) answered += 1;
      }
    }
    assert.ok(answered > 0);
  });
}
