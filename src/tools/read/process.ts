/** All about one process. */

import { processStates } from '../../host/process-stat.ts';
import { containerMembers, processContainers } from '../containers.ts';
import {
  amount,
  bytes,
  count,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  withheld,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const memory = record(
  {
    rssBytes: maybe(bytes('Resident, shared pages included')),
    anonymousBytes: maybe(bytes('Of it: its own data')),
    fileBytes: maybe(bytes('Of it: mapped files')),
    sharedBytes: maybe(bytes('Of it: shared memory')),
    swapBytes: maybe(bytes('Swapped out')),
    peakRssBytes: maybe(bytes('The most that was ever resident')),
    virtualBytes: maybe(bytes('Address space')),
    pssBytes: maybe(bytes('Resident, shared pages divided among those who share them')),
  },
  'Memory; a kernel thread has none',
);

const port = record({
  protocol: word(['tcp', 'udp'], 'Protocol'),
  address: text('Local address; 0.0.0.0 and :: are all', 64),
  port: count('Port', 0, 65_535),
});

const limit = record({
  limit: text('What is limited, the unit in its name', 32),
  soft: maybe(count('What counts; absent: unlimited')),
  hard: maybe(count('How far it may be raised; absent: unlimited')),
});

export const getProcess = defineTool({
  name: 'get_process',
  title: 'One process',
  summary:
    'All about one process by its pid: command line (secrets replaced), parents, user, unit, container, CPU, ' +
    'memory, limits of its cgroup and its own, open files and sockets, ports it listens on, disk io. ' +
    'list_processes finds the pid.',
  scope: 'monitor',
  effect: 'read',
  input: record({ pid: count('Process id', 1, 4_194_304) }),
  output: record({
    host: text('The host that answers', 255),
    sampledAt: time('When it was read'),
    pid: count('Process id'),
    name: untrusted('Name, at most 15 bytes', 64),
    commandLine: maybe(untrusted('Command line, secrets replaced; a kernel thread has none', 1024)),
    state: word(processStates, 'uninterruptible: waits in the kernel, mostly for a disk'),
    uid: maybe(count('Effective user id')),
    user: untrusted('Effective user; unknown where it has no name here', 64),
    unit: maybe(untrusted('systemd unit', 255)),
    ...containerMembers,
    parents: list(
      record({ pid: count('Process id'), name: untrusted('Name', 64) }),
      'Its parent first, then the parent of that, up to the first process',
      32,
    ),
    startedAt: maybe(time('When it started')),
    intervalMs: maybe(count('Over which cpuPercent and rates were measured, milliseconds')),
    cpuPercent: maybe(amount('Of one core, percent; more than 100 on several')),
    cpuSeconds: amount('CPU time since its start, seconds'),
    threads: count('Threads'),
    memory,
    oomScore: maybe(count('How likely it is killed when memory runs out', 0, 2000)),
    oomScoreAdjust: maybe(count('Added to that; -1000: never killed', -1000, 1000)),
    cgroup: maybe(
      record(
        {
          memoryMaxBytes: maybe(bytes('Memory')),
          cpuMaxCores: maybe(amount('CPU time, cores')),
          pidsMax: maybe(count('Processes and threads')),
        },
        'The tightest limit of its cgroup and those around it; what is absent is unlimited',
      ),
    ),
    limits: list(limit, 'Resource limits; those that are not here are unlimited', 16),
    openFiles: maybe(
      record(
        {
          total: count('Open file descriptors'),
          sockets: count('Of the first 10,000 of them: sockets'),
          listening: list(port, 'TCP that listens, UDP that is connected to nobody', 64),
        },
        'What it holds open',
      ),
    ),
    io: maybe(
      record(
        {
          readBytesPerSecond: maybe(amount('Read from disks now')),
          writtenBytesPerSecond: maybe(amount('Written to disks now')),
          readBytes: bytes('Read from disks since its start'),
          writtenBytes: bytes('Written to disks since its start'),
        },
        'Disk io, its ended children included',
      ),
    ),
    hidden: maybe(list(text('What, and what would show it'), 'What cannot be seen', 4)),
    withheld,
    truncated,
  }),
  rest: 'There is no more of one process than this.',
  examples: [
    { says: 'What is process 1200?', args: { pid: 1200 } },
    { says: 'Who started process 901, and what may it use?', args: { pid: 901 } },
  ],
  async run({ pid }, context) {
    const { host, now } = context;
    const containers = processContainers(context);
    const { unreadable, ...seen } = containers.show(await host.processes.one(pid));
    const notes = containers.notes();
    const hidden = [
      ...(unreadable.length > 0
        ? [`${unreadable.join(', ')}: the drop-in process-details.conf shows them`]
        : []),
      ...(seen.cgroup === undefined
        ? ['limits of its cgroup: it does not show below /sys/fs/cgroup here']
        : []),
      ...notes.hidden,
    ];
    return {
      host: host.name,
      sampledAt: new Date(now()).toISOString(),
      ...seen,
      ...(hidden.length > 0 && { hidden }),
      ...(notes.withheld.length > 0 && { withheld: notes.withheld }),
    };
  },
});
