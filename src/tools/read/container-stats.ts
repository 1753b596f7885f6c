/** What containers use at this moment. */

import type { Static } from 'typebox';
import type { ContainerFacts } from '../../host/docker/container-facts.ts';
import type { ContainerUse } from '../../host/docker/container-use.ts';
import { known, percentOf, tenth } from '../../host/rate.ts';
import {
  amount,
  bytes,
  count,
  list,
  maybe,
  percent,
  record,
  text,
  truncated,
  untrusted,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const row = record({
  name: untrusted('Name', 255),
  intervalMs: maybe(count('Over which percents and rates were measured, milliseconds')),
  cpuPercent: maybe(amount('Of one core, percent; more than 100 on several')),
  throttledPercent: maybe(percent('Time slices in which its CPU quota was used up')),
  throttledMs: maybe(count('Held up by it in all, milliseconds')),
  memoryBytes: maybe(bytes('Without the page cache that could be dropped')),
  memoryLimitBytes: maybe(bytes('Absent: unlimited')),
  memoryPercent: maybe(percent('Of that limit', 1e6)),
  pids: maybe(count('Processes and threads')),
  pidsLimit: maybe(count('Absent: unlimited')),
  readBytes: maybe(bytes('From disks since its start')),
  writtenBytes: maybe(bytes('To disks since its start')),
  readBytesPerSecond: maybe(amount('Now')),
  writtenBytesPerSecond: maybe(amount('Now')),
  receivedBytes: maybe(bytes('From networks since its start')),
  sentBytes: maybe(bytes('To networks since its start')),
  receivedBytesPerSecond: maybe(amount('Now')),
  sentBytesPerSecond: maybe(amount('Now')),
  source: maybe(word(['engine'], 'Its cgroup files are not seen here')),
});

const orders = ['cpu', 'memory', 'name'] as const;
const usualLimit = 15;
const rest = 'Name the ones you want in `containers`, or raise `limit` with `detail: detailed`.';

export const getContainerStats = defineTool({
  name: 'get_container_stats',
  title: 'What containers use',
  summary:
    'What Docker containers use now: CPU, throttling, memory and its limit, processes, disk and network traffic with ' +
    'rates over a real interval. Without arguments of all that run, those that use most CPU first.',
  scope: 'docker:read',
  effect: 'read',
  input: record({
    containers: maybe(list(text('Name or id', 255), 'Only these', 50)),
    project: maybe(text('Only those of a compose project', 255)),
    sort: maybe(word(orders, 'cpu by default; the most first')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, 200)),
    detail: maybe(word(['concise', 'detailed'], 'At most 8 KiB (if absent) or 64 KiB')),
  }),
  output: record({
    host: text('The host that answers', 255),
    running: count('How many of those asked for run'),
    cpuPercent: maybe(amount('All of them together, percent of one core')),
    memoryBytes: maybe(bytes('All of them together')),
    containers: list(row, 'In the order of `sort`', 200),
    notRunning: maybe(list(untrusted('Name', 255), 'Asked for by name, and do not run', 50)),
    hidden: maybe(text('What cannot be seen and what would show it')),
    truncated,
  }),
  rest,
  // An engine of Docker 20.10 takes a second for each container whose files are not seen here.
  limits: { ms: 20_000 },
  examples: [
    { says: 'What uses the machine?', args: {} },
    { says: 'Is the web server near its limits?', args: { containers: ['shop-web-1'] } },
  ],
  async run({ containers, project, sort = 'cpu', limit = usualLimit }, { host, grant, signal }) {
    const docker = host.docker(grant);
    const wanted =
      containers === undefined ? await docker.list() : await Promise.all(containers.map(docker.find));
    const asked = wanted.filter((one) => project === undefined || one.project === project);
    const use = await docker.use(asked, signal);
    const running = [...new Set(asked)].filter(({ id }) => use.has(id));
    const rows = running.map((one) => rowOf(one, use.get(one.id) ?? {})).sort(comparers[sort]);
    const idle = containers === undefined ? [] : asked.filter(({ id }) => !use.has(id));
    const withoutNetwork = running.filter(
      ({ id, hostNetwork, networks }) =>
        !hostNetwork && networks.length > 0 && use.get(id)?.receivedBytes === undefined,
    ).length;
    return {
      host: host.name,
      running: running.length,
      ...totalsOf(rows),
      containers: rows.slice(0, limit),
      ...(idle.length > 0 && { notRunning: idle.map(({ name }) => name) }),
      ...(withoutNetwork > 0 && { hidden: hiddenNetworks(withoutNetwork) }),
      ...(rows.length > limit && { truncated: { shown: limit, total: rows.length, how: rest } }),
    };
  },
});

type Row = Static<typeof row>;

const comparers: Record<(typeof orders)[number], (a: Row, b: Row) => number> = {
  cpu: (a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1) || comparers.name(a, b),
  memory: (a, b) => (b.memoryBytes ?? -1) - (a.memoryBytes ?? -1) || comparers.name(a, b),
  name: (a, b) => (a.name < b.name ? -1 : 1),
};

const hiddenNetworks = (unseen: number): string =>
  `network traffic of ${unseen}: /proc of their processes is not seen here; the drop-in process-details.conf shows it`;

function totalsOf(rows: readonly Row[]): { readonly cpuPercent?: number; readonly memoryBytes?: number } {
  const sumOf = (name: 'cpuPercent' | 'memoryBytes'): number | undefined => {
    const found = rows.flatMap((one) => one[name] ?? []);
    return found.length === 0 ? undefined : tenth(found.reduce((sum, value) => sum + value, 0));
  };
  return known({ cpuPercent: sumOf('cpuPercent'), memoryBytes: sumOf('memoryBytes') });
}

function rowOf({ name }: ContainerFacts, use: ContainerUse): Row {
  const { cpuUs: _cpu, periods: _periods, throttledPeriods: _throttled, fromEngine, ...shown } = use;
  const { memoryBytes = 0, memoryLimitBytes = 0 } = use;
  return {
    name,
    ...shown,
    ...known({ memoryPercent: percentOf(memoryBytes, memoryLimitBytes) }),
    ...(fromEngine === true && { source: 'engine' as const }),
  };
}
