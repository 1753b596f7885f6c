/** Having a container on a newer image, with all that it was made with. */

import type { Static } from 'typebox';
import { containerStates, healthWords } from '../../host/docker/container-facts.ts';
import type { SeenContainer } from '../../host/docker/update.ts';
import { imageRecord, shownImage } from '../images.ts';
import { count, flag, list, maybe, record, text, truncated, untrusted, withheld, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const usualSeconds = { pull: 900, up: 60, grace: 10 } as const;
const mostSeconds = { pull: 3600, up: 900, grace: 120 } as const;

const seen = (description: string) =>
  record(
    {
      id: text('Of the container', 64),
      state: word(containerStates, 'State'),
      health: maybe(word(healthWords, 'Of its health check')),
      image: imageRecord('Image'),
    },
    description,
  );

const withheldLines = 'The last lines of its log: docker:read shows them';

/** What is done, in the order in which it is. */
const stepWords = {
  pull: 'pulling the image',
  create: 'making the new container beside the old one',
  setAside: 'giving the old one another name',
  takeName: 'giving the new one its name',
  stop: 'stopping the old one',
  start: 'starting the new one',
  watch: 'waiting till the new one is up',
  removeOld: 'removing the old one',
  putBack: 'putting the old one back',
} as const;
type StepWord = keyof typeof stepWords;

export const updateContainer = defineTool({
  name: 'update_container',
  title: 'Update a container',
  summary:
    'Pulls the image of a Docker container and has the container made anew on it, with everything that was set for it: ' +
    'environment, mounts and volumes, networks, ports, limits. What came from the old image follows the new one. If it ' +
    'does not come up healthy within `timeoutSeconds`, the old one is put back. Nothing is done where the image is the ' +
    'same. What an interrupted update left is mended first.',
  scope: 'docker:manage',
  effect: 'change',
  input: record({
    container: text('Name, id or the beginning of an id', 255),
    image: maybe(text('In place of its own, such as another tag', 512)),
    pull: maybe(flag('false: takes the image as it is here')),
    force: maybe(flag('true: made anew though the image is the same')),
    timeoutSeconds: maybe(count(`For coming up; default ${usualSeconds.up}`, 1, mostSeconds.up)),
    pullSeconds: maybe(count(`For the pull; default ${usualSeconds.pull}`, 1, mostSeconds.pull)),
    graceSeconds: maybe(count(`It may take to end; default ${usualSeconds.grace}`, 0, mostSeconds.grace)),
  }),
  output: record({
    host: text('The host that answers', 255),
    container: untrusted('Name', 255),
    image: untrusted('Asked for', 512),
    outcome: word(['updated', 'unchanged', 'rolledBack'], 'rolledBack: the old one is in its place again'),
    reason: maybe(untrusted('Why it was put back', 1024)),
    lastLines: maybe(list(untrusted('Line', 2048), 'Last of its log, if it did not come up', 10)),
    mended: maybe(
      word(['finished', 'putBack'], 'What was done before with an update that had been interrupted'),
    ),
    before: seen('Before'),
    after: seen('Now'),
    steps: list(word(Object.keys(stepWords) as StepWord[], 'Step'), 'What was done, in order', 16),
    truncated,
    withheld,
  }),
  rest: 'get_container says more of it.',
  // A pull and a slow start follow one another, and the engine needs some time too.
  limits: { ms: (mostSeconds.pull + 2 * (mostSeconds.up + mostSeconds.grace) + 300) * 1000 },
  aliases: [{ name: 'update_docker_container' }],
  examples: [
    { says: 'Put the web server on the newest image of its tag', args: { container: 'shop-web-1' } },
    { says: 'Move it to another tag', args: { container: 'shop-web-1', image: 'nginx:1.27' } },
  ],
  async run(args, { host, grant, signal, progress }) {
    const taken: StepWord[] = [];
    let told = 0;
    const updated = await host.docker(grant).update(
      {
        container: args.container,
        ...(args.image !== undefined && { image: args.image }),
        pull: args.pull ?? true,
        force: args.force ?? false,
        pullMs: (args.pullSeconds ?? usualSeconds.pull) * 1000,
        timeoutMs: (args.timeoutSeconds ?? usualSeconds.up) * 1000,
        graceSeconds: args.graceSeconds ?? usualSeconds.grace,
      },
      {
        signal,
        progress({ doneBytes, totalBytes, message }) {
          told = Math.max(told, doneBytes);
          progress(doneBytes, totalBytes, message);
        },
        step(step) {
          taken.push(step);
          told += 1;
          progress(told, undefined, stepWords[step]);
        },
      },
    );
    const { outcome, reason, lastLines, mended, image, before, after } = updated;
    return {
      host: host.name,
      container: after.facts.name,
      image,
      outcome,
      ...(reason !== undefined && { reason }),
      ...(lastLines !== undefined && { lastLines: [...lastLines] }),
      ...(mended !== undefined && { mended }),
      before: shown(before),
      after: shown(after),
      steps: taken,
      ...(outcome === 'rolledBack' && !grant.has('docker:read') && { withheld: [withheldLines] }),
    };
  },
});

const shown = ({ facts, image }: SeenContainer): Static<ReturnType<typeof seen>> => ({
  id: facts.id,
  state: facts.state,
  ...(facts.health === undefined ? {} : { health: facts.health }),
  image: shownImage(image),
});
