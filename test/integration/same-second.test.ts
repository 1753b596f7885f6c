/** The figures of the running daemon are those of free, df, ip, uptime and lsblk, and those of a known load. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  assertBetween,
  atSomeMoment,
  type Data,
  isRoot,
  rowsOf,
  run,
  type Served,
  serve,
} from './same-second.ts';

let served: Served;
/** A file system that nobody but this test uses. */
let disk: string | undefined;

before(async () => {
  served = await serve();
  if (!isRoot) return;
  disk = join(served.folder, 'a quiet disk');
  mkdirSync(disk);
  run('mount', '-t', 'tmpfs', '-o', 'size=16m,nr_inodes=1000', 'quiet', disk);
  writeFileSync(join(disk, 'five mebibytes'), Buffer.alloc(5 * 1024 * 1024));
});

after(async () => {
  if (disk !== undefined) run('umount', disk);
  await served.end();
});

const page = 4096;

test('memory and swap are those of free', async () => {
  const free = () => {
    const rows = rowsOf(run('free', '-b'));
    const row = (name: string) =>
      rows
        .find(([first]) => first === name)
        ?.slice(1)
        .map(Number) ?? [];
    const [total = 0, used = 0, unused = 0, shared = 0, cached = 0, available = 0] = row('Mem:');
    const [swapTotal = 0, swapUsed = 0, swapFree = 0] = row('Swap:');
    return { total, used, unused, shared, cached, available, swapTotal, swapUsed, swapFree };
  };
  await atSomeMoment(async () => {
    const early = free();
    const { memory, swap } = await served.fresh('get_system_status', { sections: ['memory', 'swap'] });
    const late = free();
    assert.equal(memory.totalBytes, early.total);
    const near = (member: keyof typeof early, value: number) =>
      assertBetween(value, early[member], late[member], member, 1024 * page);
    near('unused', memory.freeBytes);
    near('shared', memory.sharedBytes);
    near('cached', memory.cachedBytes);
    near('available', memory.availableBytes);
    assert.equal(memory.usedBytes, memory.totalBytes - memory.availableBytes);
    assert.equal(swap.totalBytes, early.swapTotal);
    near('swapUsed', swap.usedBytes);
    near('swapFree', swap.freeBytes);
  });
});

test('file systems are those of df, to the byte where nobody writes', async () => {
  const columns = 'source,fstype,size,used,avail,itotal,iused,target';
  const df = () =>
    run('df', '-B1', '--all', `--output=${columns}`)
      .trim()
      .split('\n')
      .slice(1)
      .map(
        (line) =>
          /^(.+?) +(\S+) +(\d+|-) +(\d+|-) +(\d+|-) +(\d+|-) +(\d+|-) +(.+)$/.exec(line)?.slice(1) ?? [],
      )
      .map(([, fsType, size, used, available, inodes, usedInodes, mountPoint]) => ({
        ...{ mountPoint, fsType },
        ...{ size: Number(size), used: Number(used), available: Number(available) },
        ...{ inodes: Number(inodes), usedInodes: Number(usedInodes) },
      }));
  await atSomeMoment(async () => {
    const early = df();
    const { mounts } = await served.fresh(
      'get_system_status',
      { sections: ['mounts'] },
      ({ mounts }) => mounts?.sampledAt ?? '',
    );
    const late = df();
    const ours = mounts.fileSystems as readonly Data[];
    const quiet = ours.find(({ mountPoint }) => mountPoint === disk);
    assert.ok(disk === undefined || quiet !== undefined, 'the new file system has not been seen yet');
    for (const one of ours.filter(({ state }) => state === 'ok')) {
      const [a, b] = [early, late].map((rows) => rows.findLast((row) => row.mountPoint === one.mountPoint));
      assert.ok(a && b, one.mountPoint);
      const slack = one.mountPoint === disk ? 0 : 64 * 1024 * 1024;
      assert.deepEqual([one.fsType, one.totalBytes, one.inodes ?? 0], [a.fsType, a.size, a.inodes]);
      assertBetween(one.usedBytes, a.used, b.used, one.mountPoint, slack);
      assertBetween(one.availableBytes, a.available, b.available, one.mountPoint, slack);
      assertBetween(one.usedInodes ?? 0, a.usedInodes, b.usedInodes, one.mountPoint, slack / page);
    }
    const onDisks = rowsOf(run('df', '-B1', '--output=source,target')).filter(([source]) =>
      source?.startsWith('/dev/'),
    );
    for (const [source, target] of onDisks) {
      assert.ok(
        ours.some(({ mountPoint }) => mountPoint === target),
        `${source} on ${target} is missing`,
      );
    }
  });
});

interface IpAddress {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
}

interface IpLink {
  readonly ifname: string;
  readonly mtu: number;
  readonly operstate: string;
  readonly address?: string;
  readonly addr_info: readonly IpAddress[];
  readonly stats64: Record<'rx' | 'tx', { bytes: number; packets: number; errors: number }>;
}

test('interfaces, their addresses and their counters are those of ip', async () => {
  const ip = (): readonly IpLink[] => JSON.parse(run('ip', '-json', '-stats', 'addr'));
  await atSomeMoment(async () => {
    const early = ip();
    const {
      interfaces,
      otherAddresses = [],
      truncated,
    } = await served.fresh('get_network_status', {}, ({ sampledAt, setupReadAt = '' }) =>
      sampledAt < setupReadAt ? sampledAt : setupReadAt,
    );
    const late = ip();
    // Those of which it is said that their interface is not told.
    const ownerless = new Set(otherAddresses.map(({ address }: Data) => address));
    const byName = (links: readonly IpLink[]) => new Map(links.map((link) => [link.ifname, link]));
    const [before, after] = [byName(early), byName(late)];
    const told = new Set(interfaces.map(({ name }: Data) => name));
    // Containers beside this test come and go with their ends of a pair; what stays is told.
    const stays = [...before.keys()].filter((name) => after.has(name));
    const missing = stays.filter((name) => !told.has(name));
    if (truncated === undefined) assert.deepEqual(missing, []);
    else assert.ok(truncated.total >= stays.length);
    for (const one of interfaces) {
      const a: IpLink | undefined = before.get(one.name);
      const b: IpLink | undefined = after.get(one.name);
      if (a === undefined || b === undefined) {
        assert.match(one.name, /^veth/);
        continue;
      }
      assert.deepEqual([one.mtu, one.state], [a.mtu, a.operstate.toLowerCase()], one.name);
      assert.equal(one.mac ?? '00:00:00:00:00:00', a.address, one.name);
      assert.deepEqual(
        one.addresses.map(({ address, prefixLength }: Data) => `${address}/${prefixLength}`).sort(),
        a.addr_info
          .filter(({ local }) => !ownerless.has(local))
          .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
          .sort(),
      );
      for (const [way, stats] of [
        ['received', 'rx'],
        ['sent', 'tx'],
      ] as const) {
        for (const counter of ['bytes', 'packets', 'errors'] as const) {
          assertBetween(
            one[way][counter],
            a.stats64[stats][counter],
            b.stats64[stats][counter],
            `${one.name} ${counter}`,
          );
        }
      }
    }
  });
});

test('uptime, boot time and load are those of uptime', async () => {
  const seconds = () => Number(run('cat', '/proc/uptime').split(' ')[0]);
  const load = () => /load average: (.*)/.exec(run('uptime'))?.[1];
  await atSomeMoment(async () => {
    const [early, earlyLoad] = [seconds(), load()];
    const status = await served.fresh('get_system_status', { sections: ['uptime', 'load'] });
    const [late, lateLoad] = [seconds(), load()];
    assertBetween(status.uptime.uptimeSeconds, Math.floor(early), Math.floor(late), 'uptime');
    const since = Date.parse(`${run('env', 'TZ=UTC', 'uptime', '--since').trim().replace(' ', 'T')}Z`);
    assertBetween(Date.parse(status.uptime.bootedAt), since, since, 'boot', 2000);
    assert.equal(earlyLoad, lateLoad, 'the kernel reckons it anew each five seconds');
    const { oneMinute, fiveMinutes, fifteenMinutes } = status.load;
    assert.equal([oneMinute, fiveMinutes, fifteenMinutes].map((one) => one.toFixed(2)).join(', '), earlyLoad);
  });
});

test('a process that spins is seen with the CPU time that it gets, and so is the machine', async (t) => {
  // Before all others, where that may be: then it gets nearly a whole core on a busy machine too.
  const spinning = ['-e', 'for (;;);'];
  const child = isRoot
    ? spawn('nice', ['-n', '-20', process.execPath, ...spinning], { stdio: 'ignore' })
    : spawn(process.execPath, spinning, { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  const ticks = () => {
    const fields = run('cat', `/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / Number(run('getconf', 'CLK_TCK'));
  };
  const cores = Number(run('nproc', '--all'));
  await atSomeMoment(async () => {
    const [startedAt, early] = [Date.now(), ticks()];
    const isWithin = ({ sampledAt, intervalMs }: Data) => Date.parse(sampledAt) - intervalMs > startedAt;
    let status = await served.fresh('get_system_status', { sections: ['cpu'] });
    let row: Data;
    do {
      status = await served.fresh('get_system_status', { sections: ['cpu'] });
      row = await served.answer('list_processes', { name: 'for (;;);', sort: 'cpu' });
    } while (!isWithin(status) || !isWithin(row));
    const got = ((ticks() - early) / ((Date.now() - startedAt) / 1000)) * 100;
    const own = row.processes.find((one: Data) => one.pid === pid);
    assertBetween(own.cpuPercent, got, got, 'CPU of the process, percent of a core', 15);
    assert.ok(status.cpu.usedPercent >= (got - 15) / cores, `CPU of all: ${status.cpu.usedPercent}`);
    assert.ok(status.cpu.usedPercent <= 100);
  });
});

interface Lsblk {
  readonly name: string;
  readonly 'maj:min': string;
  readonly size: number;
  readonly ro: boolean;
  readonly type: string;
  readonly mountpoints: readonly (string | null)[];
  readonly children?: readonly Lsblk[];
}

test('block devices and how they lie on one another are those of lsblk', async () => {
  const columns = 'NAME,MAJ:MIN,SIZE,RO,TYPE,MOUNTPOINTS';
  const tree: readonly Lsblk[] = JSON.parse(run('lsblk', '-J', '-b', '-o', columns)).blockdevices;
  const told = new Map<string, { number: string; sizeBytes: number; readOnly: boolean; on: string[] }>();
  const take = (rows: readonly Lsblk[], parent?: string): void => {
    for (const row of rows) {
      const on = [...(told.get(row.name)?.on ?? []), ...(parent === undefined ? [] : [parent])];
      told.set(row.name, { number: row['maj:min'], sizeBytes: row.size, readOnly: row.ro, on: on.sort() });
      take(row.children ?? [], row.name);
    }
  };
  take(tree);
  const { devices } = await served.answer('get_storage_status', { sections: ['devices'] });
  const ours = new Map(
    devices.map(({ name, mapperName, number, sizeBytes, readOnly, on }: Data) => [
      mapperName ?? name,
      { number, sizeBytes, readOnly, on: [...on].sort() },
    ]),
  );
  const withSize = [...told].filter(([, { sizeBytes }]) => sizeBytes > 0);
  assert.deepEqual([...ours].sort(), withSize.sort());
});
