/** The containers of the machine. */

import type { Static } from 'typebox';
import {
  type ContainerFacts,
  containerStates,
  healthWords,
  portWords,
} from '../../host/docker/container-facts.ts';
import { containerPage } from '../../host/docker/container-page.ts';
import type { Figures } from '../../host/docker/figure-book.ts';
import { known } from '../../host/rate.ts';
import { exitCodeOf, shownLabel } from '../container-words.ts';
import {
  amount,
  bytes,
  count,
  flag,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const container = record({
  name: untrusted('Name', 255),
  id: text('First 12 digits of its id', 12),
  image: untrusted('Image it was made from', 255),
  state: word(containerStates, 'State'),
  health: maybe(word(healthWords, 'Of its health check')),
  since: maybe(time('When it started; of one that ended, when that was')),
  exitCode: maybe(count('Of its last run', 0, 255)),
  oomKilled: maybe(flag('Its last run was killed for want of memory')),
  restarts: maybe(count('By its restart policy')),
  project: maybe(untrusted('Compose project', 255)),
  service: maybe(untrusted('Compose service', 255)),
  ports: maybe(list(untrusted('ADDRESS:PORT->PORT/PROTOCOL', 128), 'Published ports', 16)),
  pid: maybe(count('Main process, as get_process knows it')),
  cpuPercent: maybe(amount('Of one core, percent; more than 100 on several')),
  memoryBytes: maybe(bytes('Memory without the page cache that could be dropped')),
  protected: maybe(text('Why this daemon will not change it', 128)),
});

const usualLimit = 25;
const rest = 'Call again with `cursor`, or narrow with name, image, label, project, health or state.';

export const listContainers = defineTool({
  name: 'list_containers',
  title: 'Containers',
  summary:
    'The Docker containers of this machine, running or not, with state, health, ports, compose project, CPU and memory.',
  scope: 'docker:read',
  effect: 'read',
  input: record({
    all: maybe(flag('false: only those that run; default true')),
    name: maybe(text('Part of the name, or beginning of the id', 128)),
    image: maybe(text('Part of the image', 255)),
    label: maybe(text('LABEL or LABEL=VALUE', 512)),
    project: maybe(text('Compose project', 255)),
    health: maybe(word(healthWords, 'Health')),
    state: maybe(word(containerStates, 'State')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, 200)),
    cursor: maybe(text('nextCursor of the answer before', 255)),
  }),
  output: record({
    host: text('The host that answers', 255),
    intervalMs: maybe(count('Over which cpuPercent was measured, milliseconds')),
    figuresAgeMs: maybe(count('How long ago CPU and memory were read, milliseconds')),
    matching: count('How many match'),
    byState: record(
      Object.fromEntries(containerStates.map((state) => [state, maybe(count(`How many are ${state}`))])),
      'Of those that match but for their state',
    ),
    containers: list(container, 'By name', 200),
    nextCursor: maybe(untrusted('For the next ones', 255)),
    hidden: maybe(text('What cannot be seen and what would show it', 256)),
    truncated,
  }),
  rest,
  aliases: [
    {
      name: 'get_container_list',
      args: ({ all_containers: all, ...others }) => (all === undefined ? others : { all, ...others }),
    },
  ],
  examples: [
    { says: 'What containers are there?', args: {} },
    { says: 'Is anything of the shop unhealthy?', args: { project: 'shop', health: 'unhealthy' } },
    { says: 'What has ended?', args: { state: 'exited', limit: 5 } },
  ],
  // Rows that were cut off the page later would be lost to its cursor: as many as asked for must fit.
  limits: { bytes: 64 * 1024 },
  async run({ all = true, limit = usualLimit, cursor, ...filter }, { host, grant }) {
    const docker = host.docker(grant);
    const after = cursor === undefined ? {} : { after: cursor };
    const page = containerPage(await docker.list(), { ...filter, ...after, all, limit });
    const { figures, ageMs } = await docker.recentFigures(page.shown);
    const rows = page.shown.map((one) => rowOf(one, figures.get(one.id), docker.protection(one)));
    const unseen = page.shown.filter(({ id, state }) => state === 'running' && !figures.has(id)).length;
    const interval = Math.max(0, ...[...figures.values()].map(({ intervalMs = 0 }) => intervalMs));
    const last = page.shown.at(-1)?.name;
    return {
      host: host.name,
      ...(interval > 0 && { intervalMs: interval }),
      ...(ageMs > 0 && { figuresAgeMs: ageMs }),
      matching: page.matching,
      byState: page.byState,
      containers: rows,
      ...(page.left > 0 && last !== undefined && { nextCursor: last }),
      ...(unseen > 0 && { hidden: hiddenFigures(unseen) }),
      ...(page.left > 0 && { truncated: { shown: rows.length, total: page.matching, how: rest } }),
    };
  },
});

const hiddenFigures = (unseen: number): string =>
  `CPU and memory of ${unseen} running: their cgroup files are not seen here; the drop-in process-details.conf shows them`;

function rowOf(
  one: ContainerFacts,
  figures: Figures | undefined,
  protectedBy: string | undefined,
): Static<typeof container> {
  const { name, id, image, state, health, oomKilled, restarts, project, service, pid } = one;
  const published = one.ports.filter(({ port }) => port !== undefined).map(portWords);
  return {
    name,
    id: id.slice(0, 12),
    image,
    state,
    ...known({
      health,
      since: state === 'running' || state === 'paused' ? one.startedAt : one.finishedAt,
      exitCode: exitCodeOf(one),
      oomKilled: oomKilled || undefined,
      restarts: restarts > 0 ? restarts : undefined,
      project: shownLabel(project),
      service: shownLabel(service),
      ports: published.length > 0 ? published.slice(0, 16) : undefined,
      pid,
      cpuPercent: figures?.cpuPercent,
      memoryBytes: figures?.memoryBytes,
      protected: protectedBy,
    }),
  };
}
