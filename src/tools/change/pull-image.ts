/** Pulling an image from its registry. */

import { imageReference, nameOf } from '../../host/docker/image-reference.ts';
import { imageRecord, shownImage } from '../images.ts';
import { bytes, count, flag, maybe, record, text, untrusted } from '../schema.ts';
import { defineTool } from '../tool.ts';

const usualSeconds = 900;
const mostSeconds = 3600;

export const pullImage = defineTool({
  name: 'pull_image',
  title: 'Pull an image',
  summary:
    'Pulls a Docker image from its registry and says which image stood behind that name before and after. No container is ' +
    'changed: update_container puts one on a newer image, and pulls it itself. Tells its progress; a call that is ' +
    'cancelled ends the pull. Without a tag `latest` is taken.',
  scope: 'docker:manage',
  effect: 'change',
  input: record({
    image: text('[REGISTRY/]REPOSITORY[:TAG][@DIGEST], without a login in it', 512),
    platform: maybe(text('OS/ARCHITECTURE, where not that of the engine', 64)),
    timeoutSeconds: maybe(count(`Ended after; default ${usualSeconds}`, 1, mostSeconds)),
  }),
  output: record({
    host: text('The host that answers', 255),
    image: untrusted('What was pulled', 512),
    registry: untrusted('From where', 255),
    tagAssumed: maybe(flag('No tag was given: latest was taken')),
    changed: flag('False: the name stands for the same image as before'),
    before: maybe(imageRecord('Before; absent where there was none of that name')),
    after: imageRecord('Now'),
    layers: count('Layers of it'),
    downloadedBytes: bytes('What came over the network, compressed'),
  }),
  rest: 'list_images says more.',
  // Images have gigabytes, and registries are far away.
  limits: { ms: (mostSeconds + 30) * 1000 },
  aliases: [{ name: 'pull_docker_image' }],
  examples: [
    { says: 'Get the newest nginx 1.27', args: { image: 'nginx:1.27' } },
    { says: 'From a registry of our own', args: { image: 'registry.example.org/backup:3' } },
  ],
  async run({ image, platform, timeoutSeconds = usualSeconds }, { host, grant, signal, progress }) {
    const reference = imageReference(image);
    const pulled = await host.docker(grant).pull(
      { image: reference, deadlineMs: timeoutSeconds * 1000, ...(platform && { platform }) },
      {
        signal,
        progress: ({ doneBytes, totalBytes, message }) => progress(doneBytes, totalBytes, message),
      },
    );
    return {
      host: host.name,
      image: nameOf(reference),
      registry: reference.registry,
      ...(reference.tagAssumed && { tagAssumed: true }),
      changed: pulled.changed,
      ...(pulled.before && { before: shownImage(pulled.before) }),
      after: shownImage(pulled.after),
      layers: pulled.layers,
      downloadedBytes: pulled.downloadedBytes,
    };
  },
});
