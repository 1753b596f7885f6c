import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { type ConnectionQuery, readConnections } from '../../src/host/connections.ts';
import { copyMachine } from './frozen-host.ts';

function frozen(t: TestContext) {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  return machine;
}

const inodes = (machine: Parameters<typeof readConnections>[0], query: Partial<ConnectionQuery>) =>
  readConnections(machine, { state: 'open', limit: 100, ...query }).rows.map(({ inode }) => inode);

test('open sockets are all of TCP and UDP but those in time_wait, listening ones first', (t) => {
  assert.deepEqual(
    inodes(frozen(t), {}),
    [20101, 20103, 20401, 20301, 20501, 20502, 20102, 20403, 20404, 20405, 20302, 20402, 20601],
  );
});

test('counts are over all sockets, whatever is asked for', (t) => {
  const machine = frozen(t);
  const { counts, matching } = readConnections(machine, { state: 'listening', port: 22, limit: 1 });
  assert.equal(matching, 2);
  assert.equal(
    counts.reduce((sum, { sockets }) => sum + sockets, 0),
    22,
  );
  assert.deepEqual(counts[0], { protocol: 'tcp', state: 'established', sockets: 5 });
});

test('a port is found on either side', (t) => {
  assert.deepEqual(inodes(frozen(t), { port: 40022 }), [20302, 20402]);
});

test('listening takes in the UDP sockets that are not connected', (t) => {
  assert.deepEqual(inodes(frozen(t), { state: 'listening', protocols: ['udp'] }), [20501, 20502]);
});

test('a process is found by its number and by its name, and then shown as the holder', (t) => {
  const machine = frozen(t);
  assert.deepEqual(inodes(machine, { process: 'dockerd', protocols: ['unix'] }), [20201, 20202]);
  const { rows } = readConnections(machine, { state: 'all', process: 1501, limit: 1 });
  assert.equal(rows[0]?.inode, 20102);
  assert.equal(rows[0]?.holder?.name, 'bash');
  assert.equal(rows[0]?.holders, 2);
});

test('of a socket that systemd handed over the service is the holder', (t) => {
  const { rows } = readConnections(frozen(t), {
    protocols: ['unix'],
    state: 'listening',
    process: 'dockerd',
    limit: 1,
  });
  assert.deepEqual(rows[0]?.holder, { pid: 734, name: 'dockerd', unit: 'docker.service' });
});

test('a name that no process has comes back with those that there are', (t) => {
  const { rows, unknownProcess } = readConnections(frozen(t), { state: 'open', process: 'ngnix', limit: 9 });
  assert.deepEqual(rows, []);
  assert.ok(unknownProcess?.includes('postgres'));
});

test('pages follow one another without a gap or a repetition', (t) => {
  const machine = frozen(t);
  const seen: number[] = [];
  let after: string | undefined;
  do {
    const page = readConnections(machine, { state: 'all', limit: 4, ...(after && { after }) });
    assert.equal(page.matching, 15);
    seen.push(...page.rows.map(({ inode }) => inode));
    after = page.following > 0 ? page.rows.at(-1)?.position : undefined;
  } while (after !== undefined);
  assert.equal(seen.length, 15);
  assert.equal(new Set(seen.filter((inode) => inode !== 0)).size, 13);
});

test("where the machine's own network is hidden, it is this process's, and said so", (t) => {
  const machine = frozen(t);
  renameSync(join(machine.proc, '1/net'), join(machine.proc, 'self/net'));
  const { view, matching } = readConnections(machine, { state: 'open', limit: 1 });
  assert.equal(view, 'own');
  assert.equal(matching, 13);
});

test('a machine without tables of sockets has no answer', (t) => {
  const machine = frozen(t);
  rmSync(join(machine.proc, '1/net'), { recursive: true });
  assert.throws(() => readConnections(machine, { state: 'open', limit: 1 }), /cannot be read/);
});

test('a kernel without IPv6 has its IPv4 sockets', (t) => {
  const machine = frozen(t);
  rmSync(join(machine.proc, '1/net/tcp6'));
  rmSync(join(machine.proc, '1/net/udp6'));
  assert.deepEqual(inodes(machine, { state: 'listening' }), [20101, 20401, 20301, 20501]);
});

/** `tcp 127.0.0.1:80 412` for each process of each listening socket that ss(8) shows. */
function heardBySs(): readonly string[] {
  return execFileSync('ss', ['-tulnpH'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [protocol, , , , local = ''] = line.split(/ +/);
      const address = local.replace(/%[^:\]]*/, '').replace(/^\*:/, '[::]:');
      const pids = new Set([...line.matchAll(/pid=(\d+)/g)].map(([, pid]) => pid));
      return [...pids].map((pid) => `${protocol} ${address} ${pid}`);
    });
}

test('what listens here is what ss shows in the same second', {
  skip: !existsSync('/usr/bin/ss'),
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sockets-'));
  const path = join(folder, 'own socket');
  const servers = [createServer(), createServer(), createServer()];
  const udp = createSocket('udp4');
  t.after(() => {
    for (const server of servers) server.close();
    udp.close();
    rmSync(folder, { recursive: true });
  });
  const [four, six, unix] = servers;
  await Promise.all([
    once(four?.listen(0, '127.0.0.1') ?? udp, 'listening'),
    once(six?.listen(0, '::1') ?? udp, 'listening'),
    once(unix?.listen(path) ?? udp, 'listening'),
    once(udp.bind(0, '127.0.0.1'), 'listening'),
  ]);
  const before = heardBySs();
  const { rows } = readConnections(liveMachine(), {
    protocols: ['tcp', 'udp', 'unix'],
    state: 'listening',
    limit: 100_000,
  });
  const after = new Set(heardBySs());
  const told = new Set(
    rows.map(({ protocol, local, holder }) => {
      const address = local?.address.includes(':') ? `[${local.address}]` : local?.address;
      return `${protocol} ${address}:${local?.port} ${holder?.pid}`;
    }),
  );
  const own = before.filter((line) => line.endsWith(` ${process.pid}`));
  assert.deepEqual(
    own.filter((line) => !told.has(line)),
    [],
  );
  assert.ok(own.length >= 3);
  const shared = new Set(rows.flatMap(({ holders, local }) => (holders === undefined ? [] : [local?.port])));
  const lasting = before.filter((line) => after.has(line));
  const missing = lasting.filter((line) => !told.has(line) && !shared.has(Number(/:(\d+) /.exec(line)?.[1])));
  assert.deepEqual(missing, []);
  assert.ok(rows.some((row) => row.path === path && row.holder?.pid === process.pid));
});
