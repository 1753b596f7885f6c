/** The networks of the Docker engine. */

import { isUnused } from '../../host/docker/networks.ts';
import { shownLabel, usedByShown } from '../container-words.ts';
import { goesOn, pageOf } from '../pages.ts';
import { count, flag, list, maybe, record, text, time, truncated, untrusted } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const network = record({
  name: untrusted('Name', 255),
  id: text('First 12 digits of its id', 12),
  driver: untrusted('bridge, host, null, overlay, macvlan …', 64),
  scope: untrusted('local or swarm', 64),
  subnets: list(untrusted('CIDR', 64), 'Subnets', 8),
  gateways: list(untrusted('Address', 64), 'Gateways', 8),
  internal: maybe(flag('No way out of this host')),
  createdAt: maybe(time('When it was made')),
  project: maybe(untrusted('Compose project', 255)),
  usedBy: list(untrusted('Container', 255), 'Running or not', 16),
});

const usualLimit = 25;
const rest = 'Call again with `nextCursor` as `cursor`, or narrow with name, project or unused.';

export const listDockerNetworks = defineTool({
  name: 'list_docker_networks',
  title: 'Docker networks',
  summary:
    'The Docker networks here with driver, subnets and the containers in them; get_container has the addresses. ' +
    "get_network_status is about the host's own interfaces.",
  scope: 'docker:read',
  effect: 'read',
  input: record({
    name: maybe(text('Part of the name', 255)),
    project: maybe(text('Compose project', 255)),
    unused: maybe(flag('true: only those without a container')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, 100)),
    cursor: maybe(text('nextCursor of the answer before', 128)),
  }),
  output: record({
    host: text('The host that answers', 255),
    matching: count('How many match'),
    networks: list(network, 'By name', 100),
    nextCursor: maybe(text('For the next ones', 128)),
    truncated,
  }),
  rest,
  aliases: [{ name: 'get_docker_networks' }],
  examples: [
    { says: 'What networks are there?', args: {} },
    { says: 'Which ones are left over?', args: { unused: true } },
  ],
  async run({ name, project, unused, limit = usualLimit, cursor }, { host, grant, signal }) {
    const part = name?.toLowerCase() ?? '';
    const found = (await host.docker(grant).networks(signal)).filter(
      (one) =>
        one.name.toLowerCase().includes(part) &&
        (project === undefined || one.project === project) &&
        (unused !== true || isUnused(one)),
    );
    const page = pageOf(found, {
      ...{ limit, cursor, mostBytes: usualAnswerBytes },
      keyOf: ({ id }) => id,
    });
    return {
      host: host.name,
      matching: found.length,
      networks: page.shown.map(({ id, usedBy, internal, project: label, subnets, gateways, ...facts }) => {
        const of = shownLabel(label);
        return {
          id: id.slice(0, 12),
          ...facts,
          subnets: subnets.slice(0, 8),
          gateways: gateways.slice(0, 8),
          ...(internal && { internal }),
          ...(of !== undefined && { project: of }),
          usedBy: usedByShown(usedBy, 16),
        };
      }),
      ...goesOn(page, found.length, rest),
    };
  },
});
