/** Descriptors as systemd hands them over, to a process of its own: in any order, of any kind, by any name. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runChild } from './child.ts';
import { descriptorOf } from './descriptor.ts';

const folder = mkdtempSync(join(tmpdir(), 'listeners-'));
const program = join(import.meta.dirname, 'programs/inherit.ts');
const servers = { unix: createServer(), unix2: createServer(), inet: createServer(), inet6: createServer() };
const [unix, unix2, inet, inet6] = [servers.unix, servers.unix2, servers.inet, servers.inet6];

before(async () => {
  const listening = Object.values(servers).map((server) => once(server, 'listening'));
  unix.listen(join(folder, 'a.sock'));
  unix2.listen(join(folder, 'b.sock'));
  inet.listen(0, '127.0.0.1');
  inet6.listen(0, '::1');
  await Promise.all(listening);
});

after(() => {
  for (const server of Object.values(servers)) server.close();
  rmSync(folder, { recursive: true });
});

/** What the child says when it gets `holders` (servers or descriptors) from 3 up. */
async function handOver(
  holders: readonly (object | number)[],
  names: string | undefined,
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
) {
  const { stdout, stderr } = await runChild(program, {
    args,
    descriptors: holders.map((holder) => (typeof holder === 'number' ? holder : descriptorOf(holder))),
    env: {
      LISTEN_PID: 'own',
      LISTEN_FDS: String(holders.length),
      ...(names === undefined ? {} : { LISTEN_FDNAMES: names }),
      ...env,
    },
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('a Unix and a TCP socket are the doors that their names say', async () => {
  const { listeners } = await handOver([unix, inet], 'mcp:tcp');
  assert.deepEqual(listeners, [
    { fd: 3, door: 'mcp', family: 'unix' },
    { fd: 4, door: 'tcp', family: 'inet' },
  ]);
});

test('the order of the descriptors means nothing', async () => {
  const { listeners } = await handOver([inet6, unix, unix2], 'tcp:tailscale:mcp');
  assert.deepEqual(listeners, [
    { fd: 3, door: 'tcp', family: 'inet6' },
    { fd: 4, door: 'tailscale', family: 'unix' },
    { fd: 5, door: 'mcp', family: 'unix' },
  ]);
});

test('one unit may hand over an IPv4 and an IPv6 socket under one name', async () => {
  const { listeners } = await handOver([inet, inet6], 'tcp:tcp');
  assert.deepEqual(listeners, [
    { fd: 3, door: 'tcp', family: 'inet' },
    { fd: 4, door: 'tcp', family: 'inet6' },
  ]);
});

test('without names the door follows from the family', async () => {
  const { listeners } = await handOver([inet, unix], undefined);
  assert.deepEqual(listeners, [
    { fd: 3, door: 'tcp', family: 'inet' },
    { fd: 4, door: 'mcp', family: 'unix' },
  ]);
});

test('children of the daemon see neither the variables nor the descriptors', async () => {
  const { left, closeOnExec } = await handOver([unix], 'mcp', { LISTEN_PIDFDID: '1' });
  assert.deepEqual([left, closeOnExec], [[], true]);
});

test('what was handed to another process is not ours', async () => {
  const { listeners, left } = await handOver([unix], 'mcp', { LISTEN_PID: '1' });
  assert.deepEqual([listeners, left], [[], []]);
});

test('without LISTEN_PID nothing is ours', async () => {
  const { listeners } = await handOver([unix], 'mcp', { LISTEN_PID: undefined });
  assert.deepEqual(listeners, []);
});

test('without descriptors there are no listeners', async () => {
  const { listeners } = await handOver([], undefined);
  assert.deepEqual(listeners, []);
});

for (const count of ['-1', 'three', '65', '1e1']) {
  test(`a LISTEN_FDS of ${count} stops the start`, async () => {
    assert.deepEqual(await handOver([unix], undefined, { LISTEN_FDS: count }), {
      code: 'start_failed',
      detail: `LISTEN_FDS is '${count}', where a number from 0 to 64 is expected.`,
      hint: 'Leave it to systemd to set LISTEN_FDS, and give the service fewer .socket units if there are more.',
    });
  });
}

test('as many names as descriptors are needed', async () => {
  assert.deepEqual(await handOver([unix, inet], 'mcp'), {
    code: 'start_failed',
    detail: 'LISTEN_FDNAMES holds 1 names (mcp), but LISTEN_FDS says 2.',
    hint: 'Give as many names as descriptors, separated by colons; systemd does so by itself.',
  });
});

test('an unknown name is refused with the names that there are', async () => {
  assert.deepEqual(await handOver([unix], 'systemmanager-mcp.socket'), {
    code: 'start_failed',
    detail: "Descriptor 3 is named 'systemmanager-mcp.socket', which is no door of this daemon.",
    hint: 'Set FileDescriptorName= in its .socket unit to one of mcp, tcp, tailscale.',
  });
});

test('a misspelt name is refused with the one that is meant', async () => {
  const { hint } = await handOver([unix], 'tailscal');
  assert.equal(
    hint,
    'Set FileDescriptorName= in its .socket unit to one of mcp, tcp, tailscale; did you mean tailscale?',
  );
});

test('the door of local users is never handed over', async () => {
  const { detail } = await handOver([unix], 'stdio');
  assert.equal(detail, "Descriptor 3 is named 'stdio', which is no door of this daemon.");
});

test('two sockets by the name of one door are refused', async () => {
  assert.deepEqual(await handOver([unix, unix2], 'mcp:mcp'), {
    code: 'start_failed',
    detail: "Descriptors 3 and 4 are both named 'mcp', and there is one such door.",
    hint: 'Give each its own .socket unit with one ListenStream= and its own FileDescriptorName=.',
  });
});

test('two sockets of one kind without names are refused', async () => {
  const { detail } = await handOver([inet, inet6], undefined);
  assert.equal(detail, "Descriptors 3 and 4 are without names and would both be 'tcp'.");
});

test('a TCP socket at the door of the Unix socket is refused', async () => {
  assert.deepEqual(await handOver([inet], 'mcp'), {
    code: 'start_failed',
    detail:
      "Descriptor 3 ('mcp') is an IPv4 stream socket that listens; expected is a listening Unix stream socket.",
    hint: 'In the .socket unit with FileDescriptorName=mcp use ListenStream= with a path, and Accept=no.',
  });
});

test('a Unix socket at the TCP door is refused', async () => {
  assert.deepEqual(await handOver([unix], 'tcp'), {
    code: 'start_failed',
    detail: "Descriptor 3 ('tcp') is a Unix stream socket that listens; expected is a listening TCP socket.",
    hint: 'In the .socket unit with FileDescriptorName=tcp use ListenStream= with a port, or an address and a port, and Accept=no.',
  });
});

test('a UDP socket is refused', async () => {
  const udp = createSocket('udp4');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const state = Object.getOwnPropertySymbols(udp).find(
    (name) => name.description === 'state symbol',
  ) as symbol;
  const { handle } = (udp as unknown as Record<symbol, { handle: { fd: number } }>)[state]!;
  const { detail } = await handOver([handle.fd], 'tcp');
  udp.close();
  assert.equal(
    detail,
    "Descriptor 3 ('tcp') is an IPv4 dgram socket that does not listen; expected is a listening TCP socket.",
  );
});

test('a connected socket is refused', async () => {
  const client = connect(join(folder, 'a.sock'));
  const [accepted] = (await once(unix, 'connection')) as [Socket];
  const { detail } = await handOver([client], undefined);
  accepted.destroy();
  client.destroy();
  assert.equal(
    detail,
    'Descriptor 3 is a Unix stream socket that does not listen; expected is a listening Unix stream socket.',
  );
});

test('a file is refused', async () => {
  const file = openSync('/dev/null', 'r');
  const { detail } = await handOver([file], 'mcp');
  closeSync(file);
  assert.equal(detail, "Descriptor 3 ('mcp') is no socket; expected is a listening Unix stream socket.");
});

test('a closed descriptor is refused', async () => {
  const { detail } = await handOver([unix], 'mcp', {}, ['3']);
  assert.equal(detail, "Descriptor 3 ('mcp') is closed; expected is a listening Unix stream socket.");
});
