/**
 * What a container was made with beyond its image, from what the engine says of both: the rest is left out, so that the
 * engine takes it from the new image. What was set to the very same as in the old image cannot be told from it.
 */

import { isDeepStrictEqual } from 'node:util';
import { at, entriesAt, textsAt } from './fields.ts';

type Config = Readonly<Record<string, unknown>>;

/** Of the image alone, or known by the engine anew. */
const ofImage = ['OnBuild', 'ArgsEscaped', 'Image', 'NetworkDisabled'];
/** The engine takes the image's where they are absent. */
const wholes = ['User', 'WorkingDir', 'StopSignal', 'Shell'];

/**
 * @param config of the container
 * @param image that it was made of, its config
 */
export function recreatedConfig(config: unknown, image: unknown): Config {
  const own = Object.fromEntries(entriesAt(config).filter(([name]) => !ofImage.includes(name)));
  return {
    ...own,
    ...Object.fromEntries(wholes.map((name) => [name, unlessSame(config, image, name)])),
    ...command(config, image),
    Env: textsAt(config, 'Env').filter((entry) => !textsAt(image, 'Env').includes(entry)),
    Labels: beyond(config, image, 'Labels'),
    ExposedPorts: beyond(config, image, 'ExposedPorts'),
    Volumes: beyond(config, image, 'Volumes'),
    Healthcheck: healthCheck(config, image),
  };
}

const unlessSame = (one: unknown, other: unknown, ...path: readonly string[]): unknown =>
  isDeepStrictEqual(at(one, ...path), at(other, ...path)) ? undefined : at(one, ...path);

/** The members that the image has not, or has otherwise. */
const beyond = (config: unknown, image: unknown, name: string): Config =>
  Object.fromEntries(
    entriesAt(config, name).filter(([key, value]) => !isDeepStrictEqual(at(image, name, key), value)),
  );

/** With an entrypoint of its own a container has no command of the image; one without any said so by an empty word. */
function command(config: unknown, image: unknown): Config {
  const entrypoint = textsAt(config, 'Entrypoint');
  if (isDeepStrictEqual(entrypoint, textsAt(image, 'Entrypoint'))) {
    return { Entrypoint: undefined, Cmd: unlessSame(config, image, 'Cmd') };
  }
  return { Entrypoint: entrypoint.length === 0 ? [''] : entrypoint, Cmd: at(config, 'Cmd') };
}

/** The engine takes each member that is absent from the image. */
function healthCheck(config: unknown, image: unknown): Config | undefined {
  if (textsAt(config, 'Healthcheck', 'Test')[0] === 'NONE') return { Test: ['NONE'] };
  const own = beyond(config, image, 'Healthcheck');
  return Object.keys(own).length === 0 ? undefined : own;
}
