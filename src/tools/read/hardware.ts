/** What the machine is made of. */

import { hardwareParts } from '../../host/hardware.ts';
import {
  bytes,
  count,
  degrees,
  flag,
  list,
  maybe,
  record,
  text,
  truncated,
  untrusted,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const name = (description: string) => maybe(untrusted(description, 128));

const identity = (description: string) =>
  record(
    {
      vendor: name('Who made it'),
      model: name('Model'),
      version: name('Version'),
      serialNumber: name('Serial number'),
      releaseDate: name('When it was released'),
    },
    description,
  );

const cpu = record(
  {
    vendor: name('Who made it'),
    model: name('Model'),
    sockets: maybe(count('Processors')),
    physicalCores: maybe(count('Cores')),
    threads: maybe(count('Hardware threads')),
    minMHz: maybe(count('Lowest clock, MHz')),
    maxMHz: maybe(count('Highest clock, MHz')),
    l2Bytes: maybe(bytes('Cache of level 2')),
    l3Bytes: maybe(bytes('Cache of level 3')),
  },
  'CPU',
);

const memoryModule = record({
  slot: name('Where it sits'),
  sizeBytes: bytes('Size'),
  type: name('Kind, such as DDR5'),
  formFactor: name('Shape, such as DIMM'),
  speedMtPerSecond: maybe(count('Speed, millions of transfers a second')),
  manufacturer: name('Who made it'),
  partNumber: name('Part number'),
  serialNumber: name('Serial number'),
});

const disk = record({
  device: name('Device file'),
  type: name('Kind: HD, SSD, NVMe'),
  vendor: name('Who made it'),
  model: name('Model'),
  interface: name('How it is connected'),
  sizeBytes: maybe(bytes('Size')),
  firmware: name('Version of its firmware'),
  serialNumber: name('Serial number'),
});

const card = record({
  vendor: name('Who made it'),
  model: name('Model'),
  bus: name('Where it sits'),
  memoryBytes: maybe(bytes('Its own memory')),
});

const system = record(
  {
    name: name('Distribution'),
    version: name('Version'),
    codename: name('Code name'),
    kernel: name('Kernel release'),
    architecture: name('Architecture'),
    uefi: maybe(flag('Whether it was started by UEFI')),
  },
  'Operating system',
);

const sensor = {
  chip: untrusted('The chip that measures', 64),
  label: untrusted('What it measures', 64),
};

const sensors = record(
  {
    temperatures: list(
      record({
        ...sensor,
        celsius: degrees('Now'),
        highCelsius: maybe(degrees('From which on it should be spared')),
        criticalCelsius: maybe(degrees('From which on it is in danger')),
      }),
      'Temperatures',
      512,
    ),
    fans: list(record({ ...sensor, rpm: count('Turns a minute') }), 'Fans', 512),
  },
  'Read for this answer',
);

const virtualization = record(
  {
    kind: word(['physical', 'virtual', 'unknown'], 'Whether it is a virtual machine'),
    hypervisor: maybe(text('kvm, qemu, vmware, microsoft, xen, …; other: one without a name here', 64)),
    container: maybe(untrusted('The kind of container that the daemon runs in', 64)),
  },
  'Virtualization',
);

export const getHardware = defineTool({
  name: 'get_hardware',
  title: 'Hardware',
  summary:
    'What this machine is made of: CPU, memory modules, maker and model, board, BIOS, disks, GPUs, operating system, ' +
    'virtualization; and its temperatures and fans now. All but the sensors and virtualization is read once and kept, ' +
    'so the first call may take seconds. What needs root or is not there is in `unavailable` with the reason. ' +
    'Use get_system_status for how busy the machine is.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    parts: maybe(
      list(word(hardwareParts, 'A part'), 'Parts to answer; all by default', hardwareParts.length),
    ),
  }),
  output: record({
    host: text('The host that answers', 255),
    cpu: maybe(cpu),
    memoryModules: maybe(list(memoryModule, 'Memory modules', 512)),
    system: maybe(identity('The machine')),
    board: maybe(identity('Its main board')),
    bios: maybe(identity('Its firmware')),
    disks: maybe(list(disk, 'Disks', 512)),
    graphics: maybe(list(card, 'GPUs', 64)),
    os: maybe(system),
    virtualization: maybe(virtualization),
    sensors: maybe(sensors),
    unavailable: maybe(
      list(
        record({ part: text('What is not told', 64), reason: text('Why') }),
        'What this machine or this daemon cannot tell',
        16,
      ),
    ),
    truncated,
  }),
  rest: 'Ask for fewer parts at once with `parts`.',
  examples: [
    { says: 'What is this machine?', args: {} },
    { says: 'Is it too hot?', args: { parts: ['sensors'] } },
    { says: 'Which disks and memory modules are in it?', args: { parts: ['disks', 'memory'] } },
  ],
  async run({ parts = [] }, { host }) {
    const { unavailable, ...status } = await host.hardware.status(parts.length === 0 ? hardwareParts : parts);
    return { host: host.name, ...status, ...(unavailable.length > 0 && { unavailable }) };
  },
});
