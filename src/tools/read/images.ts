/** The images of the Docker engine. */

import { usedByShown } from '../container-words.ts';
import { goesOn, pageOf } from '../pages.ts';
import { bytes, count, flag, list, maybe, record, text, time, truncated, untrusted } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const image = record({
  names: list(untrusted('NAME:TAG', 255), 'Without any it is dangling', 8),
  id: text('First 12 digits of its id', 12),
  sizeBytes: bytes('Shared layers included'),
  createdAt: maybe(time('When it was built')),
  usedBy: list(untrusted('Container', 255), 'Running or not', 8),
});

const usualLimit = 25;
const rest = 'Call again with `nextCursor` as `cursor`, or narrow with name, unused or dangling.';

export const listImages = defineTool({
  name: 'list_images',
  title: 'Docker images',
  summary:
    'The Docker images here, largest first, with size, age and the containers made of them. `unused: true` for those ' +
    'that no container needs. get_docker_usage says what could be reclaimed.',
  scope: 'docker:read',
  effect: 'read',
  input: record({
    name: maybe(text('Part of a name, or beginning of the id', 255)),
    unused: maybe(flag('true: only those without a container')),
    dangling: maybe(flag('true: only those without a name')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, 100)),
    cursor: maybe(text('nextCursor of the answer before', 128)),
  }),
  output: record({
    host: text('The host that answers', 255),
    matching: count('How many match'),
    images: list(image, 'Largest first', 100),
    nextCursor: maybe(text('For the next ones', 128)),
    truncated,
  }),
  rest,
  aliases: [{ name: 'list_docker_images' }],
  examples: [
    { says: 'Which images are large?', args: { limit: 5 } },
    { says: 'Which ones does nothing use?', args: { unused: true } },
  ],
  async run({ name, unused, dangling, limit = usualLimit, cursor }, { host, grant, signal }) {
    const part = name?.toLowerCase();
    const found = (await host.docker(grant).images(signal)).filter(
      ({ id, names, usedBy }) =>
        (part === undefined ||
          names.some((one) => one.toLowerCase().includes(part)) ||
          id.replace('sha256:', '').startsWith(part)) &&
        (unused !== true || usedBy.length === 0) &&
        (dangling !== true || names.length === 0),
    );
    const page = pageOf(found, {
      ...{ limit, cursor, mostBytes: usualAnswerBytes },
      keyOf: ({ id }) => id,
    });
    return {
      host: host.name,
      matching: found.length,
      images: page.shown.map(({ id, names, usedBy, ...facts }) => ({
        names: names.slice(0, 8),
        id: id.replace('sha256:', '').slice(0, 12),
        ...facts,
        usedBy: usedByShown(usedBy, 8),
      })),
      ...goesOn(page, found.length, rest),
    };
  },
});
