/** The sockets and the processes that the running daemon shows are those of ss and ps, for root and for others. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import {
  asNobody,
  assertBetween,
  atSomeMoment,
  isRoot,
  rowsOf,
  run,
  type Served,
  serve,
} from './same-second.ts';

let served: Served;
before(async () => {
  served = await serve();
});
after(() => served.end());

/** `tcp 127.0.0.1:80`, and who holds it, for each listening socket that ss shows. */
function heardBySs(by: readonly string[] = []): readonly (readonly [string, ReadonlySet<number>])[] {
  const [command = '', ...args] = [...by, 'ss', '-tulnpH'];
  return rowsOf(run(command, ...args))
    .filter((fields) => fields.length > 4)
    .map(([protocol, , , , local = '', , ...holders]) => {
      const address = local.replace(/%[^:\]]*/, '').replace(/^\*:/, '[::]:');
      const pids = [...holders.join(' ').matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid));
      return [`${protocol} ${address}`, new Set(pids)];
    });
}

const heardByUs = async (from: Served) => {
  const { rows, last } = await from.all('list_connections', { state: 'listening' }, 'connections');
  const lines = rows.map(({ protocol, local, pid, holders }) => {
    const address = local.address.includes(':') ? `[${local.address}]` : local.address;
    return { socket: `${protocol} ${address}:${local.port}`, pid, holders };
  });
  return { lines, hidden: last.hidden };
};

/** Some sandboxes keep the files of a process even from root. */
const sealedProcesses = (): number =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) readlinkSync(`/proc/${pid}/fd/${fd}`);
      return false;
    } catch (thrown) {
      return thrown instanceof Error && /EACCES|EPERM/.test(thrown.message);
    }
  }).length;

/** Ports of the three kinds, held by this process. */
async function listenSomewhere(t: { after(end: () => void): void }): Promise<readonly string[]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '::1')] as const;
  const udp = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => {
    for (const server of servers) server.close();
    udp.close();
  });
  await Promise.all([...servers, udp].map((one) => once(one, 'listening')));
  const [four, six] = servers.map((server) => (server.address() as AddressInfo).port);
  return [`tcp 127.0.0.1:${four}`, `tcp [::1]:${six}`, `udp 127.0.0.1:${udp.address().port}`];
}

test('listening sockets and who holds them are those of ss', {
  skip: !isRoot && 'ss tells root alone',
}, async (t) => {
  const own = await listenSomewhere(t);
  await atSomeMoment(async () => {
    const early = heardBySs();
    const { lines, hidden } = await heardByUs(served);
    const late = heardBySs();
    assert.equal(Number(/^the open files of (\d+) /.exec(hidden?.[0])?.[1] ?? 0), sealedProcesses());
    const told = new Map(lines.map((line) => [line.socket, line]));
    for (const socket of own) assert.equal(told.get(socket)?.pid, process.pid, socket);
    assert.deepEqual([...told.keys()].sort(), [...new Set(early.map(([socket]) => socket))].sort());
    for (const [socket, pids] of late) {
      const line = told.get(socket);
      // Where several processes listen side by side at one port, each line is one of them.
      const sockets = late.filter(([other]) => other === socket).length;
      if (sockets > 1 || line === undefined) continue;
      assert.ok(pids.size === 0 ? line.pid === undefined : pids.has(line.pid), `${socket}: ${line.pid}`);
      if (pids.size > 1) assert.equal(line.holders, pids.size, socket);
    }
  });
});

test('an ordinary user sees what ss shows such a user, and is told what is hidden', {
  skip: !isRoot && 'only root can be another user',
}, async (t) => {
  const own = await listenSomewhere(t);
  const other = await serve(asNobody);
  t.after(other.end);
  await atSomeMoment(async () => {
    const seen = new Map(heardBySs(asNobody));
    const { lines, hidden } = await heardByUs(other);
    assert.deepEqual([...new Set(lines.map(({ socket }) => socket))].sort(), [...seen.keys()].sort());
    for (const socket of own) {
      assert.equal(seen.get(socket)?.size, 0);
      assert.equal(lines.find((line) => line.socket === socket)?.pid, undefined);
    }
    assert.equal(hidden.length, 1);
    assert.match(hidden[0], /^the open files of \d+ processes of other users, .* process-details\.conf /);
  });
  const { io, openFiles, hidden } = await other.answer('get_process', { pid: process.pid });
  assert.deepEqual([io, openFiles], [undefined, undefined]);
  assert.match(hidden[0], /^open files and sockets, io, proportional memory: .* process-details\.conf /);
});

test('what a process writes is what the kernel counts, and a rate of it', async (t) => {
  const folder = mkdtempSync('/var/tmp/writes-');
  // A disk: what is written to a tmpfs is not counted.
  const writing = `while :; do dd if=/dev/zero of=${folder}/file bs=64k count=16 conv=fsync 2>&-; done`;
  const child = spawn('sh', ['-c', writing], { stdio: 'ignore', detached: true });
  const pid = child.pid ?? 0;
  t.after(async () => {
    const ended = once(child, 'exit');
    // The shell and its dd, who would otherwise write once more.
    process.kill(-pid, 'SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const counted = () => Number(/^write_bytes: (\d+)$/m.exec(run('cat', `/proc/${pid}/io`))?.[1]);
  await atSomeMoment(async () => {
    const early = counted();
    const { io, intervalMs } = await served.answer('get_process', { pid });
    const late = counted();
    assert.ok(early > 0, 'nothing has been written yet');
    assertBetween(io.writtenBytes, early, late, 'written bytes');
    assert.ok(io.writtenBytesPerSecond > 0, 'it wrote before the interval alone');
    assert.ok((io.writtenBytesPerSecond * intervalMs) / 1000 <= late + 1024, 'more than it ever wrote');
    const { processes } = await served.answer('list_processes', { sort: 'io', limit: 5 });
    assert.ok(
      processes.some((one: { pid: number }) => one.pid === pid),
      'it is not among the first',
    );
  });
});

test('processes are those of ps, each that lived throughout', async () => {
  const ps = () =>
    new Map(
      rowsOf(run('ps', '-eo', 'pid=,ppid=,euid=,nlwp=,comm=')).map(([pid, ppid, uid, threads, ...name]) => [
        Number(pid),
        { parentPid: Number(ppid), uid: Number(uid), threads: Number(threads), name: name.join(' ') },
      ]),
    );
  await atSomeMoment(async () => {
    const early = ps();
    const { rows, last } = await served.all('list_processes', { sort: 'start' }, 'processes');
    const late = ps();
    const ours = new Map(rows.map((row) => [row.pid, row]));
    for (const [pid, told] of early) {
      if (JSON.stringify(late.get(pid)) !== JSON.stringify(told)) continue;
      const { parentPid, uid, threads, name } = ours.get(pid) ?? {};
      assert.deepEqual({ parentPid, uid, threads, name }, told, `process ${pid}`);
    }
    const lasting = [...early.keys()].filter((pid) => late.has(pid)).length;
    assert.ok(last.total >= lasting, `${last.total} are fewer than ${lasting}`);
  });
});
