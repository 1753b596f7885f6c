import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { frozenMachine, type MachineRoot } from '../../../src/base/machine-root.ts';
import { openFigures } from '../../../src/host/docker/figures.ts';

const id = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';
const one = { id, pid: 4242, hostNetwork: false };

interface Machine {
  readonly machine: MachineRoot;
  /** Writes files, by their place below the root. */
  write(files: Readonly<Record<string, string>>): void;
  move(from: string, to: string): void;
}

function machineWith(t: TestContext, files: Readonly<Record<string, string>>): Machine {
  const root = mkdtempSync(join(tmpdir(), 'machine-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write: Machine['write'] = (more) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
  };
  write(files);
  return {
    machine: frozenMachine(root),
    write,
    move(from, to) {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      renameSync(join(root, from), join(root, to));
    },
  };
}

const unified = (folder: string) => ({
  'sys/fs/cgroup/cgroup.controllers': 'cpu io memory pids\n',
  [`sys/fs/cgroup/${folder}/cgroup.procs`]: '4242\n',
  [`sys/fs/cgroup/${folder}/cpu.stat`]:
    'usage_usec 5000\nuser_usec 4000\nsystem_usec 1000\nnr_periods 20\nnr_throttled 3\nthrottled_usec 7000\n',
  [`sys/fs/cgroup/${folder}/memory.current`]: '10000\n',
  [`sys/fs/cgroup/${folder}/memory.stat`]: 'anon 6000\ninactive_file 3000\nactive_file 1000\n',
  [`sys/fs/cgroup/${folder}/memory.max`]: 'max\n',
  [`sys/fs/cgroup/${folder}/pids.current`]: '2\n',
  [`sys/fs/cgroup/${folder}/pids.max`]: '40\n',
  [`sys/fs/cgroup/${folder}/io.stat`]:
    '8:0 rbytes=100 wbytes=20 rios=1 wios=1\n8:16 rbytes=5 wbytes=0 rios=1\n',
});
const unifiedCounters = {
  cpuUs: 5000,
  periods: 20,
  throttledPeriods: 3,
  throttledMs: 7,
  memoryBytes: 7000,
  pids: 2,
  pidsLimit: 40,
  readBytes: 105,
  writtenBytes: 20,
};

const legacy = (folder: string) => ({
  [`sys/fs/cgroup/cpu/${folder}/cpu.stat`]: 'nr_periods 20\nnr_throttled 3\nthrottled_time 7000000\n',
  [`sys/fs/cgroup/cpuacct/${folder}/cpuacct.usage`]: '5000000\n',
  [`sys/fs/cgroup/memory/${folder}/memory.usage_in_bytes`]: '10000\n',
  [`sys/fs/cgroup/memory/${folder}/memory.stat`]: 'inactive_file 1000\ntotal_inactive_file 3000\n',
  [`sys/fs/cgroup/memory/${folder}/memory.limit_in_bytes`]: '9223372036854771712\n',
  [`sys/fs/cgroup/pids/${folder}/pids.current`]: '2\n',
  [`sys/fs/cgroup/pids/${folder}/pids.max`]: '40\n',
  [`sys/fs/cgroup/blkio/${folder}/blkio.throttle.io_service_bytes`]:
    '8:0 Read 100\n8:0 Write 20\n8:0 Total 120\n8:16 Read 5\nTotal 125\n',
});
const legacyPlaces = (folder: string) =>
  ['12:cpuacct,cpu', '9:memory', '8:pids', '7:blkio', '1:name=systemd', '0:']
    .map((hierarchy) => `${hierarchy}:${folder}\n`)
    .join('');

const netDev = (received: number, sent: number) =>
  `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0
  eth0: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0
`;

test('version 2: the files of the cgroup that its main process is in', (t) => {
  const { machine } = machineWith(t, {
    ...unified(`system.slice/docker-${id}.scope`),
    'proc/4242/cgroup': `0::/system.slice/docker-${id}.scope\n`,
    'proc/4242/net/dev': netDev(700, 80),
  });
  assert.deepEqual(
    [...openFigures(machine)([one])],
    [[id, { ...unifiedCounters, receivedBytes: 700, sentBytes: 80 }]],
  );
});

test('version 1: each controller has a hierarchy of its own', (t) => {
  const { machine } = machineWith(t, {
    ...legacy(`docker/${id}`),
    'proc/4242/cgroup': legacyPlaces(`/docker/${id}`),
  });
  assert.deepEqual([...openFigures(machine)([one])], [[id, unifiedCounters]]);
});

test('hybrid: the unified hierarchy beside the others has no controllers, and is not read', (t) => {
  const { machine } = machineWith(t, {
    ...legacy(`docker/${id}`),
    'sys/fs/cgroup/unified/cgroup.controllers': '\n',
    [`sys/fs/cgroup/unified/docker/${id}/cpu.stat`]: 'usage_usec 1\n',
    'proc/4242/cgroup': legacyPlaces(`/docker/${id}`),
  });
  assert.deepEqual([...openFigures(machine)([one])], [[id, unifiedCounters]]);
});

test('without its process in sight it is looked for where engines put it', (t) => {
  for (const [cgroupParent, folder, files] of [
    [undefined, `system.slice/docker-${id}.scope`, unified],
    [undefined, `docker/${id}`, unified],
    ['/own.slice', `own.slice/docker-${id}.scope`, unified],
  ] as const) {
    const { machine } = machineWith(t, files(folder));
    const target = { id, hostNetwork: false, ...(cgroupParent === undefined ? {} : { cgroupParent }) };
    assert.deepEqual([...openFigures(machine)([target])], [[id, unifiedCounters]], folder);
  }
});

test('what grows is read from the files that are open, and a moved container at its new place', (t) => {
  const { machine, write, move } = machineWith(t, {
    ...unified(`docker/${id}`),
    'proc/4242/cgroup': `0::/docker/${id}\n`,
  });
  const read = openFigures(machine);
  assert.equal(read([one]).get(id)?.cpuUs, 5000);
  write({ [`sys/fs/cgroup/docker/${id}/cpu.stat`]: 'usage_usec 6000\n' });
  assert.equal(read([one]).get(id)?.cpuUs, 6000);
  move(`sys/fs/cgroup/docker/${id}`, `sys/fs/cgroup/other/${id}`);
  write({
    'proc/4242/cgroup': `0::/other/${id}\n`,
    [`sys/fs/cgroup/other/${id}/cpu.stat`]: 'usage_usec 7000\n',
  });
  assert.equal(read([one]).get(id)?.cpuUs, 7000);
});

test('a number that another process has by now says nothing of the container', (t) => {
  const { machine } = machineWith(t, {
    ...unified(`docker/${id}`),
    'proc/4242/cgroup': '0::/system.slice/cron.service\n',
    'proc/4242/net/dev': netDev(700, 80),
  });
  assert.deepEqual([...openFigures(machine)([one])], [[id, unifiedCounters]]);
});

test('the traffic of the host is not that of a container in its network', (t) => {
  const { machine } = machineWith(t, {
    ...unified(`docker/${id}`),
    'proc/4242/cgroup': `0::/docker/${id}\n`,
    'proc/4242/net/dev': netDev(700, 80),
  });
  assert.deepEqual([...openFigures(machine)([{ ...one, hostNetwork: true }])], [[id, unifiedCounters]]);
});

test('what is not seen is left out, and is there once it is seen', (t) => {
  const { machine, write } = machineWith(t, { 'sys/fs/cgroup/cgroup.controllers': 'cpu\n' });
  const read = openFigures(machine);
  assert.deepEqual([...read([one])], []);
  write({ ...unified(`docker/${id}`), 'proc/4242/cgroup': `0::/docker/${id}\n` });
  assert.deepEqual([...read([one])], [[id, unifiedCounters]]);
});

test('of many the files of some are kept open, and all are read', (t) => {
  const many = Array.from({ length: 300 }, (_, i) => ({
    id: String(i).padStart(64, 'a'),
    hostNetwork: false,
  }));
  const { machine } = machineWith(t, Object.assign({}, ...many.map((each) => unified(`docker/${each.id}`))));
  const read = openFigures(machine);
  const openNow = () => readdirSync('/proc/self/fd').length;
  const before = openNow();
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(
      [...read(many)],
      many.map((each) => [each.id, unifiedCounters]),
    );
    assert.ok(openNow() - before <= 8 * 128);
  }
});
