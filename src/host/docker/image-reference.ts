/** How an image is named: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, as Docker itself reads it. */

import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';

export interface ImageReference {
  /** As it is given to the engine, without tag and digest. */
  readonly repository: string;
  /** `docker.io` where none is named. */
  readonly registry: string;
  /** What is pulled: a digest where there is one, else a tag. */
  readonly wanted: { readonly tag: string } | { readonly digest: string };
  /** Whether `latest` was taken because neither was given. */
  readonly tagAssumed: boolean;
}

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const registryShape = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]{2,45}\\])(?::[0-9]{1,5})?$`);
const pathShape = new RegExp(`^${part}(?:/${part})*$`);
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const idShape = /^[0-9a-f]{64}$/;
const longestRepository = 255;

/** Throws `arguments_invalid`, which never repeats what may be a password. */
export function imageReference(words: string): ImageReference {
  if (/\/\/|[?#]/.test(words)) {
    throw unnamed(words, 'it is no URL', 'Leave out the scheme: registry.example.com:5000/team/app:1.2.');
  }
  const [named = '', digest, ...more] = words.split('@');
  if (more.length > 0 || (digest !== undefined && !digestShape.test(digest))) throw hasLogin();
  const { registry, path } = registryOf(named);
  const colon = path.lastIndexOf(':');
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  const inRegistry = colon === -1 ? path : path.slice(0, colon);
  const repository = registry === undefined ? inRegistry : `${registry}/${inRegistry}`;
  if (registry !== undefined && !registryShape.test(registry))
    throw unnamed(words, 'its registry is no HOST[:PORT]');
  if (!pathShape.test(inRegistry)) {
    throw unnamed(words, 'its repository may have small letters, digits and, between them, . _ - and / only');
  }
  if (repository.length > longestRepository)
    throw unnamed(words, `its repository is longer than ${longestRepository}`);
  if (digestShape.test(words) || (registry === undefined && idShape.test(inRegistry)))
    throw unnamed(words, 'it is an id, and a registry has names');
  if (tag !== undefined && !tagShape.test(tag)) {
    throw unnamed(
      words,
      'its tag may have letters, digits, _ . and -, begins with none of the last two, and has 128 at most',
    );
  }
  return {
    repository,
    registry: registry ?? 'docker.io',
    wanted: digest === undefined ? { tag: tag ?? 'latest' } : { digest },
    tagAssumed: tag === undefined && digest === undefined,
  };
}

/** As the engine takes it and lists it. */
export const nameOf = ({ repository, wanted }: ImageReference): string =>
  'digest' in wanted ? `${repository}@${wanted.digest}` : `${repository}:${wanted.tag}`;

/** What stands before the first slash names a registry where it looks like a host, else it is part of the path. */
function registryOf(named: string): { readonly registry?: string; readonly path: string } {
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(0, slash));
  if (!/[.:A-Z[]/.test(first) && first !== 'localhost') return { path: named };
  return { registry: first, path: named.slice(slash + 1) };
}

const unnamed = (words: string, why: string, hint?: string): Problem =>
  new Problem('arguments_invalid', {
    detail: `${quote(words)} names no image: ${why}.`,
    hint: hint ?? 'Name it as REGISTRY:PORT/REPOSITORY:TAG or REPOSITORY@sha256:DIGEST.',
  });

const hasLogin = (): Problem =>
  new Problem('arguments_invalid', {
    detail: 'The image has an @ that no digest follows. Names and passwords are not taken in it.',
    hint: 'The operator logs in with `docker login` and pulls it there; after @ stands sha256: and 64 hexadecimal digits.',
  });
