/** What the native calls tell of sockets, and that they do to this process what they say. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileReader, nothingHeld } from '../../src/base/file-reader.ts';
import { openNative } from '../../src/base/native.ts';
import { descriptorOf } from '../daemon/descriptor.ts';

const folder = mkdtempSync(join(tmpdir(), 'native-'));
after(() => rmSync(folder, { recursive: true }));
const native = await openNative();

async function connected(server: Server, address: string | number): Promise<[Socket, Socket]> {
  server.listen(address);
  await once(server, 'listening');
  const bound = server.address();
  const client =
    bound !== null && typeof bound === 'object' ? connect(bound.port, '127.0.0.1') : connect(String(address));
  const [accepted] = await once(server, 'connection');
  return [client, accepted];
}

test('an open file is what fstat says, and what is in it what read says', () => {
  const held = new Int32Array(1);
  const files = native.fileReader(held);
  const sparse = join(folder, 'sp\xE4rse');
  writeFileSync(sparse, 'the beginning');
  truncateSync(sparse, 5 * 2 ** 32 + 7);
  linkSync(sparse, join(folder, 'second-name'));
  for (const path of [sparse, folder, '/dev/null']) {
    const name = Buffer.from(path).toString('latin1');
    const [ours, theirs] = files.withFile(name, constants.O_RDONLY, (fd) => [
      files.factsOf(fd),
      fstatSync(fd),
    ]);
    const { mode, nlink, size } = theirs as Stats;
    assert.deepEqual({ ...ours }, { mode, nlink, size });
  }
  files.withFile(Buffer.from(sparse).toString('latin1'), constants.O_RDONLY, (fd) => {
    assert.equal(held[0], fd);
    const into = Buffer.alloc(100, 'x');
    assert.equal(files.readAt(fd, into, 9, 4), 9);
    assert.equal(into.toString('utf8', 0, 10), 'beginningx');
    assert.equal(files.readAt(fd, into, 100, 5 * 2 ** 32), 7);
    assert.equal(files.readAt(fd, into, 100, 5 * 2 ** 32 + 7), 0);
    assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'), /^flags:\s+02\d00000$/m);
  });
  assert.equal(held[0], nothingHeld);
});

test('a file is closed whatever its use throws, and what cannot be done throws as Node.js does', () => {
  const held = new Int32Array(1);
  const files = native.fileReader(held);
  const left: number[] = [];
  const failing = (fd: number) => {
    left.push(fd);
    files.readAt(fd, Buffer.alloc(1), 1, 0);
  };
  assert.throws(() => files.withFile(folder, constants.O_RDONLY, failing), { code: 'EISDIR' });
  assert.throws(() => fstatSync(left[0] ?? 0), { code: 'EBADF' });
  assert.throws(() => files.factsOf(1_000_000), { code: 'EBADF' });
  assert.throws(() => files.readAt(1_000_000, Buffer.alloc(1), 1, 0), { code: 'EBADF' });
  const missing = (name: string) => () =>
    files.withFile(join(folder, name), constants.O_RDONLY, () => assert.fail());
  assert.throws(missing('none'), { code: 'ENOENT' });
  assert.throws(missing('x'.repeat(300)), { code: 'ENAMETOOLONG' });
  assert.throws(missing('x/'.repeat(3000)), { code: 'ENAMETOOLONG' });
  assert.equal(held[0], nothingHeld);
});

test('where statx is refused, fstat is asked', (t) => {
  const failing = () => -1;
  const calls = { open: failing, close: failing, statx: failing, pread: failing, errorName: () => 'EPERM' };
  const fd = openSync(folder, 'r');
  t.after(() => closeSync(fd));
  assert.equal(fileReader(calls, new Int32Array(1)).factsOf(fd).mode, fstatSync(fd).mode);
});

test('the peer of a Unix socket is known by its process, user and group', async () => {
  const server = createServer();
  const [client, accepted] = await connected(server, join(folder, 'peer.sock'));
  assert.deepEqual(native.peerCredentials(descriptorOf(accepted)), {
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  client.destroy();
  server.close();
});

test('the peer of a TCP connection has no credentials', async () => {
  const server = createServer();
  const [client, accepted] = await connected(server, 0);
  assert.equal(native.peerCredentials(descriptorOf(accepted)), undefined);
  client.destroy();
  server.close();
});

test('what is no socket has no peer', () => {
  const fd = openSync('/dev/null', 'r');
  assert.equal(native.peerCredentials(fd), undefined);
  closeSync(fd);
});

test('a peer with the overflow uid has no known user', {
  skip: process.getuid?.() === 0 ? false : 'only root can act as another user',
}, async () => {
  const path = join(folder, 'nobody.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  chmodSync(folder, 0o755);
  chmodSync(path, 0o666);
  const child = spawn(process.execPath, ['-e', `require('net').connect(${JSON.stringify(path)})`], {
    uid: 65534,
    gid: 65534,
  });
  const [accepted] = await once(server, 'connection');
  assert.deepEqual(native.peerCredentials(descriptorOf(accepted)), {
    pid: child.pid,
    uid: undefined,
    gid: undefined,
  });
  accepted.destroy();
  server.close();
});

test('a listening Unix socket is told from a connected one', async () => {
  const server = createServer();
  const [client] = await connected(server, join(folder, 'facts.sock'));
  assert.deepEqual(native.socketFacts(descriptorOf(server)), {
    family: 'unix',
    type: 'stream',
    listening: true,
  });
  assert.deepEqual(native.socketFacts(descriptorOf(client)), {
    family: 'unix',
    type: 'stream',
    listening: false,
  });
  client.destroy();
  server.close();
});

test('an IPv4 socket is told by its family', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  assert.equal(native.socketFacts(descriptorOf(server))?.family, 'inet');
  server.close();
});

test('an IPv6 socket is told by its family', async () => {
  const server = createServer().listen(0, '::1');
  await once(server, 'listening');
  assert.equal(native.socketFacts(descriptorOf(server))?.family, 'inet6');
  server.close();
});

test('a UDP socket is told by its type', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const symbol = Object.getOwnPropertySymbols(socket).find((name) => name.description === 'state symbol');
  const state = (socket as unknown as Record<symbol, { handle: { fd: number } }>)[symbol as symbol];
  assert.deepEqual(native.socketFacts(state?.handle.fd ?? -1), {
    family: 'inet',
    type: 'dgram',
    listening: false,
  });
  socket.close();
});

test('a file and a closed descriptor are no sockets', () => {
  const fd = openSync('/dev/null', 'r');
  assert.equal(native.socketFacts(fd), undefined);
  closeSync(fd);
  assert.equal(native.socketFacts(fd), undefined);
});

test('close-on-exec is set and cleared', () => {
  const fd = openSync('/dev/null', 'r');
  const flags = () =>
    Number.parseInt(/flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
  native.setCloseOnExec(fd, false);
  assert.equal(flags() & 0o2000000, 0);
  native.setCloseOnExec(fd, true);
  assert.equal(flags() & 0o2000000, 0o2000000);
  closeSync(fd);
});

test('a system call that fails says which and why', () => {
  assert.throws(() => native.setCloseOnExec(9999, true), {
    code: 'unavailable',
    message: 'The system call fcntl(F_SETFD) failed: EBADF.',
  });
});

/** Runs a program, with `native` at hand, in a process of its own. */
function runAlone(body: string) {
  const module = join(import.meta.dirname, '../../src/base/native.ts');
  const program = `
    import { readFileSync } from 'node:fs';
    import { openNative } from ${JSON.stringify(module)};
    const native = await openNative();
    ${body}`;
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
}

test('the process ends at once with its code and without its exit handlers', () => {
  const child = runAlone(`
    process.on('exit', () => console.log('handled'));
    native.exitAtOnce(7);`);
  assert.deepEqual([child.status, child.stdout], [7, '']);
});

test('no new privileges and no capabilities hold for the thread that asked', () => {
  const child = runAlone(`
    native.setNoNewPrivileges();
    native.dropCapabilities();
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    console.log(status.match(/^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs):.*$/gm).join(' ').replace(/\\s+/g, ' '));`);
  const none = '0000000000000000';
  assert.equal(
    child.stdout.trim(),
    `CapInh: ${none} CapPrm: ${none} CapEff: ${none} CapAmb: ${none} NoNewPrivs: 1`,
  );
});
