/** What Docker keeps on disk. */

import { bytes, count, flag, list, maybe, record, text, truncated, untrusted, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const kind = (description: string) =>
  record(
    {
      count: count('How many'),
      active: count('In use'),
      sizeBytes: bytes('All of them'),
      reclaimableBytes: bytes('What removing the others would set free'),
    },
    description,
  );

const mostLargest = 30;
const rest = 'Raise `largest`; list_images and list_volumes name them all.';

export const getDockerUsage = defineTool({
  name: 'get_docker_usage',
  title: 'Disk usage of Docker',
  summary:
    'How much disk Docker takes for images, containers, volumes and build cache, how much of it could be reclaimed, ' +
    'and what is largest. The engine measures it, which may take long. Logs of containers do not count.',
  scope: 'docker:read',
  effect: 'read',
  input: record({ largest: maybe(count('How many of the largest; default 10', 0, mostLargest)) }),
  output: record({
    host: text('The host that answers', 255),
    engineVersion: maybe(untrusted('Version of Docker', 64)),
    storageDriver: maybe(untrusted('How layers are kept', 64)),
    dataFolder: maybe(untrusted('Where it all is; get_storage_status says how full that is', 1024)),
    images: kind('Shared layers count once'),
    containers: kind('What they wrote beside their volumes'),
    volumes: kind('Volumes'),
    buildCache: kind('Build cache'),
    largest: list(
      record({
        kind: word(['image', 'container', 'volume'], 'What it is'),
        name: untrusted('Name', 255),
        sizeBytes: bytes('What it alone takes'),
        inUse: flag('Whether a container needs it, or it runs'),
      }),
      'Largest first',
      mostLargest,
    ),
    truncated,
  }),
  rest,
  // The engine looks at every file of every volume.
  limits: { ms: 60_000 },
  examples: [{ says: 'What does Docker fill the disk with?', args: { largest: 3 } }],
  async run({ largest = 10 }, { host, grant, signal }) {
    const { largest: all, ...usage } = await host.docker(grant).usage(signal);
    return { host: host.name, ...usage, largest: all.slice(0, largest) };
  },
});
