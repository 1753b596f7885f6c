/**
 * Every call that is ever made to the Docker engine, written out: nothing that is not in this list leaves the process.
 * `{name}` stands for one name or id, `{image}` for an image's.
 */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Of the Engine API, without the version in front. */
  readonly path: string;
}

const get = (path: string): EngineCall => Object.freeze({ method: 'GET', path });
const post = (path: string): EngineCall => Object.freeze({ method: 'POST', path });

export const engineCalls = Object.freeze({
  version: get('/version'),
  info: get('/info'),
  events: get('/events'),
  diskUsage: get('/system/df'),
  listContainers: get('/containers/json'),
  inspectContainer: get('/containers/{name}/json'),
  containerLogs: get('/containers/{name}/logs'),
  containerStats: get('/containers/{name}/stats'),
  listImages: get('/images/json'),
  inspectImage: get('/images/{image}/json'),
  listNetworks: get('/networks'),
  inspectNetwork: get('/networks/{name}'),
  listVolumes: get('/volumes'),
  startContainer: post('/containers/{name}/start'),
  stopContainer: post('/containers/{name}/stop'),
  restartContainer: post('/containers/{name}/restart'),
  pauseContainer: post('/containers/{name}/pause'),
  unpauseContainer: post('/containers/{name}/unpause'),
  killContainer: post('/containers/{name}/kill'),
  createContainer: post('/containers/create'),
  renameContainer: post('/containers/{name}/rename'),
  removeContainer: Object.freeze({ method: 'DELETE', path: '/containers/{name}' }) as EngineCall,
  connectNetwork: post('/networks/{name}/connect'),
  disconnectNetwork: post('/networks/{name}/disconnect'),
  pullImage: post('/images/create'),
});

export type CallName = keyof typeof engineCalls;

/** Whether a call changes nothing, and may so be made twice. */
export const onlyReads = (call: CallName): boolean => engineCalls[call].method === 'GET';

/** What the engine takes for a name or an id: never `.`, `..` or an option. */
const nameShape = /^(?:sha256:)?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;
/** What it takes for an image: the same, with a registry and a path before it, and a tag or a digest behind. */
const imageShape = /^(?!.*\.\.)[a-zA-Z0-9[][\w.:/@[\]-]{0,511}$/;

const placeholder = /\{(name|image)\}/;

/** The path of a call, with the name in it. Throws `arguments_invalid` for what can be no name. */
export function pathOf(call: CallName, name = ''): string {
  const { path } = engineCalls[call];
  const kind = placeholder.exec(path)?.[1];
  if (kind === undefined) return path;
  if (!(kind === 'image' ? imageShape : nameShape).test(name)) {
    throw new Problem('arguments_invalid', {
      detail: `${quote(name)} can be no name or id of Docker's.`,
      hint: 'A name has letters, digits, _, . and -, and begins with a letter or a digit.',
    });
  }
  return path.replace(placeholder, encodeURIComponent(name));
}

const patterns = Object.values(engineCalls).map(({ method, path }) => ({
  method,
  path: new RegExp(`^(?:/v\\d+\\.\\d+)?${path.replace(placeholder, '(?!json$|create$)[^/]+')}$`),
}));

/** Whether a request is one of the list, whatever its query and the version in front of its path. */
export function isListed(method: string, url: string): boolean {
  const path = url.replace(/\?.*$/s, '');
  return patterns.some((known) => known.method === method && known.path.test(path));
}
