/** One compose project, or which there are. */

import type { Static } from 'typebox';
import { type ContainerFacts, containerStates, healthWords } from '../../host/docker/container-facts.ts';
import { projectsOf, type Stack, type StackPort, stackOf } from '../../host/docker/stack.ts';
import { known } from '../../host/rate.ts';
import { exitCodeOf, shownLabel } from '../container-words.ts';
import { count, flag, list, maybe, record, text, truncated, untrusted, withheld, word } from '../schema.ts';
import { defineTool, type ToolContext } from '../tool.ts';

const project = record({
  project: untrusted('Name', 255),
  services: count('Services that have containers'),
  containers: count('Containers'),
  running: count('How many of them run'),
  unhealthy: maybe(count('How many are unhealthy')),
});

const container = record({
  service: maybe(untrusted('Service', 255)),
  name: untrusted('Container', 255),
  state: word(containerStates, 'State'),
  health: maybe(word(healthWords, 'Of its health check')),
  exitCode: maybe(count('Of its last run', 0, 255)),
  oomKilled: maybe(flag('Killed for want of memory')),
  restarts: maybe(count('By its restart policy')),
  networks: maybe(list(untrusted('Name', 255), 'Networks', 16)),
});

const port = record({
  port: count('Of this host', 0, 65_535),
  protocol: untrusted('tcp, udp or sctp', 16),
  address: untrusted('Where this host listens', 64),
  container: untrusted('For whom', 255),
  held: flag('False: its container does not run'),
});

const conflict = record({
  port: count('Of this host', 0, 65_535),
  protocol: untrusted('tcp, udp or sctp', 16),
  container: untrusted('Who wants it and does not run', 255),
  other: untrusted('Container or process that has it, or wants it too', 255),
  otherRuns: flag('Whether that one has it'),
});

const rest = 'get_container says more of each container; list_containers takes `project` and has pages.';
const mostRows = 100;

export const getStack = defineTool({
  name: 'get_stack',
  title: 'Compose project',
  summary:
    'A compose project (or swarm stack): its services with the state and health of each container, networks, ' +
    'volumes, published ports, and who else has or wants those. Without `project`: which projects there are.',
  scope: 'docker:read',
  effect: 'read',
  input: record({ project: maybe(text('Compose project', 255)) }),
  output: record({
    host: text('The host that answers', 255),
    projects: maybe(list(project, 'By name', mostRows)),
    project: maybe(untrusted('Name', 255)),
    folder: maybe(untrusted('Where it was started', 255)),
    files: maybe(untrusted('Its compose files', 255)),
    containers: maybe(list(container, 'By service', mostRows)),
    networks: maybe(list(untrusted('Name', 255), 'Networks', 64)),
    volumes: maybe(list(untrusted('Name', 255), 'Volumes', 64)),
    ports: maybe(list(port, 'Published ports', mostRows)),
    conflicts: maybe(list(conflict, 'Ports that more than one wants', mostRows)),
    withheld,
    truncated,
  }),
  rest,
  aliases: [
    {
      name: 'get_stack_network_info',
      args: ({ stack_name: stack, host: _host, ...others }) => ({
        ...(stack === undefined ? {} : { project: stack }),
        ...others,
      }),
    },
  ],
  examples: [
    { says: 'What projects run here?', args: {} },
    { says: 'Is the shop all right?', args: { project: 'shop' } },
  ],
  async run({ project: wanted }, context) {
    const { host, grant } = context;
    const all = await host.docker(grant).list();
    if (wanted !== undefined) return { host: host.name, ...(await answerOf(stackOf(wanted, all), context)) };
    const projects = projectsOf(all);
    return {
      host: host.name,
      projects: projects.slice(0, mostRows).map(({ project: name, unhealthy, ...facts }) => ({
        project: shownLabel(name) ?? '',
        ...facts,
        ...(unhealthy > 0 && { unhealthy }),
      })),
      ...(projects.length > mostRows && {
        truncated: { shown: mostRows, total: projects.length, how: rest },
      }),
    };
  },
});

async function answerOf(stack: Stack, context: ToolContext) {
  const { containers, networks, volumes, ports } = stack;
  const { found, ...notes } = await heldByOthers(stack, context);
  const conflicts = [...stack.conflicts, ...found].slice(0, mostRows);
  return {
    ...known({
      project: shownLabel(stack.project),
      folder: shownLabel(stack.folder),
      files: shownLabel(stack.files),
    }),
    containers: containers.slice(0, mostRows).map(rowOf),
    networks: networks.slice(0, 64),
    volumes: volumes.slice(0, 64),
    ports: ports.slice(0, mostRows),
    ...(conflicts.length > 0 && { conflicts }),
    ...notes,
    ...(containers.length > mostRows && {
      truncated: { shown: mostRows, total: containers.length, how: rest },
    }),
  };
}

/** Of the ports that nobody here has and somebody wants: what else on this host listens on them. */
async function heldByOthers({ ports, conflicts }: Stack, { host, grant }: ToolContext) {
  const isOpen = (one: StackPort): boolean =>
    !one.held &&
    !conflicts.some(
      ({ port: theirs, container: of, otherRuns }) =>
        otherRuns && theirs === one.port && of === one.container,
    );
  const open = ports
    .filter(isOpen)
    .filter((one, at, all) => all.findIndex(({ port: same }) => same === one.port) === at);
  if (open.length === 0) return { found: [] };
  if (!grant.has('monitor')) return { found: [], withheld: ['what else listens on its ports: monitor'] };
  const found: Static<typeof conflict>[] = [];
  for (const { port: wanted, protocol, container: of } of open.slice(0, 16)) {
    const query = { state: 'listening', port: wanted, limit: 8 } as const;
    const { rows } = await host.network.connections(query);
    const socket = rows.find((one) => one.protocol === protocol && one.local?.port === wanted);
    if (socket === undefined) continue;
    const { name } = socket.holder ?? {};
    const other = name === undefined ? 'a process of this host' : `process ${name}`;
    found.push({ port: wanted, protocol, container: of, other, otherRuns: true });
  }
  return { found };
}

function rowOf(one: ContainerFacts): Static<typeof container> {
  const { name, state, health, oomKilled, restarts, networks } = one;
  return {
    ...known({ service: shownLabel(one.service) }),
    ...{ name, state },
    ...known({
      health,
      exitCode: exitCodeOf(one),
      oomKilled: oomKilled || undefined,
      restarts: restarts > 0 ? restarts : undefined,
      networks: networks.length > 0 ? networks.slice(0, 16) : undefined,
    }),
  };
}
