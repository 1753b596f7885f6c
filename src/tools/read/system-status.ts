/** The state of the whole machine at a glance. */

import type { ProcessRow } from '../../host/process-passes.ts';
import { type SystemStatus, sections } from '../../host/status.ts';
import { containerMembers, inContainer, processContainers } from '../containers.ts';
import { fileSystemFacts } from '../file-system.ts';
import {
  amount,
  bytes,
  count,
  list,
  maybe,
  percent,
  record,
  text,
  time,
  truncated,
  untrusted,
  withheld,
  word,
} from '../schema.ts';
import { defineTool, type ToolContext } from '../tool.ts';

const cpuUse = {
  usedPercent: percent('Not idle and not waiting for a disk; steal is in it'),
  userPercent: percent('In programs and in guests'),
  systemPercent: percent('In the kernel, interrupts included'),
  iowaitPercent: percent('Idle while a disk was waited for'),
  stealPercent: percent('Taken by the hypervisor for others'),
};

const pressure = record({
  resource: word(['cpu', 'memory', 'io'], 'What was waited for'),
  waiting: word(['some', 'full'], 'some: at least one task waited; full: all that had work to do'),
  avg10Percent: percent('Share of the last 10 seconds'),
  avg60Percent: percent('Of the last 60 seconds'),
  avg300Percent: percent('Of the last 300 seconds'),
});

const row = record({
  pid: count('Process id'),
  name: untrusted('Name, at most 15 bytes', 64),
  uid: maybe(count('Effective user id')),
  user: untrusted('Effective user; unknown where it has no name here', 64),
  unit: maybe(untrusted('systemd unit', 255)),
  ...containerMembers,
  cpuPercent: maybe(amount('Of one core, percent; more than 100 on several')),
  rssBytes: bytes('Resident memory, shared pages included'),
});

const busy = record({
  name: untrusted('Interface', 64),
  receivedBytesPerSecond: amount('Received, bytes a second'),
  sentBytesPerSecond: amount('Sent, bytes a second'),
});

const usual = sections.filter((section) => section !== 'cores');
const mostFileSystems = 1000;

const processesOf = ({ sections: { processes } }: SystemStatus): readonly ProcessRow[] => [
  ...(processes?.byMemory ?? []),
  ...(processes?.byCpu ?? []),
];

/** Without the process of a container an answer is the same for whoever asks: it is made once. */
const forAll = new WeakMap<SystemStatus, ReturnType<typeof answerOf>>();

function answerOf(status: SystemStatus, context: Pick<ToolContext, 'host' | 'grant'>) {
  const { sampledAt, intervalMs, sections: answered, unavailable } = status;
  const { processes, mounts } = answered;
  const { show, notes } = processContainers(context);
  const shown = processes && {
    ...processes,
    byMemory: processes.byMemory.map(show),
    ...(processes.byCpu && { byCpu: processes.byCpu.map(show) }),
  };
  const { withheld: left } = notes();
  const fileSystems = mounts?.fileSystems.slice(0, mostFileSystems);
  return {
    host: context.host.name,
    sampledAt,
    intervalMs,
    ...answered,
    ...(mounts && fileSystems && { mounts: { ...mounts, fileSystems } }),
    ...(shown && { processes: shown }),
    ...(unavailable.length > 0 && { unavailable }),
    ...(left.length > 0 && { withheld: left }),
    ...(mounts &&
      mounts.fileSystems.length > mostFileSystems && {
        truncated: {
          shown: mostFileSystems,
          total: mounts.fileSystems.length,
          how: 'The fullest file systems are shown; there is no way to the rest.',
        },
      }),
  };
}

export const getSystemStatus = defineTool({
  name: 'get_system_status',
  title: 'System status',
  summary:
    'The state of this machine now: CPU, load, memory, swap, pressure stalls, every real mount, network ' +
    'throughput, uptime, kernel and OS, and the 3 processes that use the most CPU and memory. Start here. ' +
    'It answers from memory and costs nothing. `sections` asks for some parts alone; `cores` (per core) only ' +
    'comes when named. A part that this machine cannot tell is in `unavailable` with the reason.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    sections: maybe(
      list(word(sections, 'A part'), 'Parts to answer; all but cores by default', sections.length),
    ),
  }),
  output: record({
    host: text('The host that answers', 255),
    sampledAt: time('When the figures were taken'),
    intervalMs: count('Over which percentages and rates were measured, milliseconds'),
    system: maybe(
      record(
        {
          kernel: maybe(text('Kernel release', 255)),
          os: maybe(text('Operating system', 255)),
          osId: maybe(text('Its id', 255)),
          osVersion: maybe(text('Its version', 255)),
        },
        'Kernel and operating system',
      ),
    ),
    uptime: maybe(
      record(
        {
          uptimeSeconds: count('Since boot, seconds'),
          bootedAt: maybe(time('When the kernel started')),
        },
        'How long it is up',
      ),
    ),
    cpu: maybe(record({ ...cpuUse, cores: count('Cores online') }, 'Use of all cores together')),
    cores: maybe(list(record({ core: count('Number'), ...cpuUse }), 'Use of each core', 8192)),
    load: maybe(
      record(
        {
          oneMinute: amount('Tasks that ran or waited for a disk, 1 minute average'),
          fiveMinutes: amount('5 minutes average'),
          fifteenMinutes: amount('15 minutes average'),
          runnableThreads: count('Threads that could run when sampled'),
          threads: count('Threads in all'),
        },
        'Load average',
      ),
    ),
    memory: maybe(
      record(
        {
          totalBytes: bytes('All there is'),
          usedBytes: bytes('Not available'),
          availableBytes: bytes('Available to new work without swapping'),
          freeBytes: bytes('Used for nothing'),
          cachedBytes: bytes('Caches and buffers'),
          sharedBytes: bytes('tmpfs and shared memory, part of the caches that cannot be dropped'),
          usedPercent: percent('Not available'),
          container: maybe(
            record(
              {
                limitBytes: bytes('What it may use'),
                usedBytes: bytes('In use, without caches that could be dropped'),
                usedPercent: percent('In use'),
              },
              'The container that the daemon runs in, where its memory is limited',
            ),
          ),
        },
        'Memory of the machine',
      ),
    ),
    swap: maybe(
      record(
        {
          totalBytes: bytes('All there is'),
          usedBytes: bytes('In use'),
          freeBytes: bytes('Free'),
          usedPercent: maybe(percent('In use')),
        },
        'Swap',
      ),
    ),
    pressure: maybe(list(pressure, 'Pressure stall information', 6)),
    mounts: maybe(
      record(
        {
          sampledAt: time('None of the sizes is older'),
          fileSystems: list(record(fileSystemFacts), 'Hung and fullest first', mostFileSystems),
        },
        'File systems with a size of their own',
      ),
    ),
    network: maybe(
      record(
        {
          view: word(['host', 'own'], "own: only the daemon's own network could be seen"),
          interfaces: count('How many interfaces there are'),
          busiest: list(busy, 'The busiest, without loopback', 5),
        },
        'Network throughput; get_network_status tells more',
      ),
    ),
    processes: maybe(
      record(
        {
          sampledAt: time('When they were gone through'),
          intervalMs: maybe(count('Over which cpuPercent was measured, milliseconds')),
          total: count('How many processes there are'),
          byCpu: maybe(list(row, 'Most CPU time first; absent until they were gone through twice', 3)),
          byMemory: list(row, 'Most resident memory first', 3),
        },
        'The processes that use the most',
      ),
    ),
    unavailable: maybe(
      list(
        record({ section: word(sections, 'The part'), reason: text('Why') }),
        'Parts that this machine cannot tell now',
        sections.length,
      ),
    ),
    withheld,
    truncated,
  }),
  rest: 'Ask for fewer parts at once with `sections`.',
  examples: [
    { says: 'How is this machine doing?', args: {} },
    { says: 'Is a disk full?', args: { sections: ['mounts'] } },
    { says: 'Is one core saturated?', args: { sections: ['cpu', 'cores', 'load'] } },
  ],
  run({ sections: asked = [] }, context) {
    const status = context.host.system.status(asked.length === 0 ? usual : asked);
    const made = forAll.get(status);
    if (made !== undefined) return made;
    const answer = answerOf(status, context);
    if (!processesOf(status).some(inContainer)) forAll.set(status, answer);
    return answer;
  },
});
