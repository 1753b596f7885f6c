/** The storage of the machine: file systems, traffic of the devices, and how they are built. */

import { deviceKinds } from '../../host/block-devices.ts';
import { type StorageSection, storageSections } from '../../host/storage.ts';
import { fileSystemFacts } from '../file-system.ts';
import {
  amount,
  bytes,
  count,
  flag,
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
import { defineTool } from '../tool.ts';

const trend = record(
  {
    bytesPerDay: count(
      'Growth of what is in use, bytes a day; negative: it shrinks',
      Number.MIN_SAFE_INTEGER,
    ),
    windowHours: count('Hours that it was measured over'),
    daysUntilFull: maybe(amount('Days until nothing is available at that pace; absent beyond ten years')),
  },
  'A straight line through the last week',
);

const io = record({
  device: untrusted('Kernel name', 255),
  readBytesPerSecond: maybe(amount('Read, bytes a second')),
  writtenBytesPerSecond: maybe(amount('Written, bytes a second')),
  readsPerSecond: maybe(amount('Reads completed a second')),
  writesPerSecond: maybe(amount('Writes completed a second')),
  readLatencyMs: maybe(amount('Mean time of a read, milliseconds; absent without reads')),
  writeLatencyMs: maybe(amount('Mean time of a write, milliseconds; absent without writes')),
  busyPercent: maybe(percent('Time with work to do; an SSD may have room at 100')),
  queueDepth: maybe(amount('Requests under way, on average')),
  inFlight: count('Requests under way when sampled'),
});

const array = record(
  {
    level: text('raid0, raid1, …', 32),
    state: text('clean, active, readonly, inactive, …', 32),
    members: count('Members it is made for'),
    missingMembers: count('Members missing: degraded above 0'),
    syncAction: maybe(text('idle, resync, recover, check, …', 32)),
    syncPercent: maybe(percent('How far that has come')),
  },
  'Software RAID',
);

const device = record({
  name: untrusted('Kernel name', 255),
  number: text('major:minor', 32),
  kind: word(deviceKinds, 'What it is'),
  sizeBytes: bytes('Size'),
  readOnly: flag('Whether it is read-only'),
  on: list(untrusted('Name', 255), 'The devices it lies on', 256),
  mapperName: maybe(untrusted('Under /dev/mapper', 255)),
  model: maybe(untrusted('Model', 255)),
  rotational: maybe(flag('Whether it turns')),
  removable: maybe(flag('Whether it is removable')),
  scheduler: maybe(text('I/O scheduler', 64)),
  backingFile: maybe(untrusted('Of a loop device', 255)),
  array: maybe(array),
  mountPoints: maybe(list(untrusted('Path', 1024), 'Where it is mounted', 256)),
});

const most = { fileSystems: 1000, io: 1000, devices: 1000 } as const;

export const getStorageStatus = defineTool({
  name: 'get_storage_status',
  title: 'Storage status',
  summary:
    'Storage of this machine: each file system with bytes, inodes and days until full by trend; throughput, ' +
    'latency and use of each block device over `intervalMs`; and the tree of disks, partitions, LVM, crypt and RAID ' +
    'with missing members. `mountPoint` or `device` asks for one.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    sections: maybe(list(word(storageSections, 'A part'), 'Parts to answer; all by default', 3)),
    mountPoint: maybe(text('One file system alone, by where it is mounted', 1024)),
    device: maybe(text('One device with what it lies on and what lies on it', 255)),
  }),
  output: record({
    host: text('The host that answers', 255),
    sampledAt: time('When the counters were taken'),
    intervalMs: count('Over which rates were measured, milliseconds'),
    fileSystems: maybe(
      list(record({ ...fileSystemFacts, trend: maybe(trend) }), 'Hung and fullest first', most.fileSystems),
    ),
    noTrend: maybe(text('Why file systems lack a trend')),
    io: maybe(list(io, 'Busiest first; partitions only when asked for by `device`', most.io)),
    devices: maybe(list(device, 'Those with a size', most.devices)),
    unavailable: maybe(
      list(
        record({ section: word(storageSections, 'The part'), reason: text('Why') }),
        'Parts that this machine cannot tell',
        3,
      ),
    ),
    withheld,
    truncated,
  }),
  rest: 'Ask for one part with `sections`, or for one `mountPoint` or `device`.',
  examples: [
    { says: 'Which disk is full, and when will the next one be?', args: { sections: ['fileSystems'] } },
    { says: 'Is a disk the bottleneck?', args: { sections: ['io'] } },
    { says: 'Is a RAID degraded, and what lies on what?', args: { sections: ['devices'] } },
  ],
  async run({ sections = [], mountPoint, device: name }, { host }) {
    const { unavailable, ...answered } = await host.storage.status({
      sections: chosen(sections, mountPoint, name),
      mountPoint,
      device: name,
    });
    const { fileSystems, io: traffic, devices } = answered;
    return {
      host: host.name,
      ...answered,
      ...(fileSystems && { fileSystems: fileSystems.slice(0, most.fileSystems) }),
      ...(traffic && { io: traffic.slice(0, most.io) }),
      ...(devices && { devices: devices.slice(0, most.devices) }),
      ...(unavailable.length > 0 && { unavailable }),
    };
  },
});

/** Whoever names one thing asks about that thing. */
function chosen(
  sections: readonly StorageSection[],
  mountPoint: string | undefined,
  device: string | undefined,
): readonly StorageSection[] {
  if (sections.length > 0) return sections;
  if (mountPoint === undefined && device === undefined) return storageSections;
  return [
    ...(mountPoint === undefined ? [] : ['fileSystems' as const]),
    ...(device === undefined ? [] : (['io', 'devices'] as const)),
  ];
}
