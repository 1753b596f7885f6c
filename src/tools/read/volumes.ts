/** The volumes of the Docker engine. */

import { shownLabel, usedByShown } from '../container-words.ts';
import { goesOn, pageOf } from '../pages.ts';
import { bytes, count, flag, list, maybe, record, text, time, truncated, untrusted } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const volume = record({
  name: untrusted('Name', 255),
  driver: untrusted('Driver', 64),
  anonymous: maybe(flag('Made without a name, for one container')),
  mountPoint: maybe(untrusted('On the host', 1024)),
  createdAt: maybe(time('When it was made')),
  project: maybe(untrusted('Compose project', 255)),
  sizeBytes: maybe(bytes('Only with `sizes`')),
  usedBy: list(untrusted('Container', 255), 'Running or not', 8),
});

const usualLimit = 25;
const rest = 'Call again with `nextCursor` as `cursor`, or narrow with name, project or unused.';

export const listVolumes = defineTool({
  name: 'list_volumes',
  title: 'Docker volumes',
  summary:
    'The Docker volumes here with the containers that have them. `sizes: true` has the engine measure them, which ' +
    'may take long; then the largest come first.',
  scope: 'docker:read',
  effect: 'read',
  input: record({
    name: maybe(text('Part of the name', 255)),
    project: maybe(text('Compose project', 255)),
    unused: maybe(flag('true: only those without a container')),
    sizes: maybe(flag('true: with sizes')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, 100)),
    cursor: maybe(text('nextCursor of the answer before', 255)),
  }),
  output: record({
    host: text('The host that answers', 255),
    matching: count('How many match'),
    volumes: list(volume, 'By name, or the largest first', 100),
    nextCursor: maybe(untrusted('For the next ones', 255)),
    truncated,
  }),
  rest,
  // With sizes the engine looks at every file of every volume.
  limits: { ms: 60_000 },
  examples: [
    { says: 'What volumes are there?', args: {} },
    { says: 'How large are those that nothing uses?', args: { unused: true, sizes: true } },
  ],
  async run({ name, project, unused, sizes = false, limit = usualLimit, cursor }, { host, grant, signal }) {
    const part = name?.toLowerCase() ?? '';
    const found = (await host.docker(grant).volumes(sizes, signal))
      .filter(
        (one) =>
          one.name.toLowerCase().includes(part) &&
          (project === undefined || one.project === project) &&
          (unused !== true || one.usedBy.length === 0),
      )
      .sort((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
    const page = pageOf(found, {
      ...{ limit, cursor, mostBytes: usualAnswerBytes },
      keyOf: (one) => one.name,
    });
    return {
      host: host.name,
      matching: found.length,
      volumes: page.shown.map(({ anonymous, usedBy, project: label, ...facts }) => {
        const of = shownLabel(label);
        return {
          ...facts,
          ...(anonymous && { anonymous }),
          ...(of !== undefined && { project: of }),
          usedBy: usedByShown(usedBy, 8),
        };
      }),
      ...goesOn(page, found.length, rest),
    };
  },
});
