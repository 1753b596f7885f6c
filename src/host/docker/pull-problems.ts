/** Why an image could not be pulled, each with what mends it. The engine passes on what a registry said, in words. */

import { cleanLine } from '../../base/clean-text.ts';
import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import { redactText } from '../../base/secrets.ts';
import { type ImageReference, nameOf } from './image-reference.ts';

interface Reason {
  readonly said: RegExp;
  readonly problem: (image: ImageReference) => Pick<Problem, 'code'> & { detail: string; hint: string };
}

/** The first that fits: what says more stands before what says less. */
const reasons: readonly Reason[] = [
  {
    said: /no space left on device|disk quota exceeded/i,
    problem: (image) => ({
      code: 'unavailable',
      detail: `The disk of the Docker engine is full: there is no room for ${quote(nameOf(image), 255)}.`,
      hint: 'get_docker_usage says what could be reclaimed, get_storage_status which file system is full.',
    }),
  },
  {
    said: /no matching manifest|no match for platform|does not match the specified platform|unsupported (?:os|platform)|image operating system .* cannot be used/i,
    problem: (image) => ({
      code: 'not_found',
      detail: `${quote(nameOf(image), 255)} is not built for that platform.`,
      hint: 'Take another tag, or give `platform` as OS/ARCHITECTURE, such as linux/arm64.',
    }),
  },
  {
    said: /manifest unknown|manifest for .* not found|name unknown|repository .* not found|tag .* not found|: not found$/i,
    problem: (image) => ({
      code: 'not_found',
      detail: `The registry ${image.registry} has no image ${quote(nameOf(image), 255)}.`,
      hint: 'Check the name and the tag.',
    }),
  },
  {
    said: /pull access denied|unauthorized|authentication required|no basic auth|access (?:to the resource is )?denied|denied:|\b40[13]\b/i,
    problem: (image) => ({
      code: 'permission_denied',
      detail: `The registry ${image.registry} gives ${quote(nameOf(image), 255)} only after a login, or has no such image.`,
      hint: 'This daemon keeps no logins. Check the name, or the operator pulls it with `docker login` and `docker pull`.',
    }),
  },
  {
    said: /toomanyrequests|rate limit/i,
    problem: (image) => ({
      code: 'unavailable',
      detail: `The registry ${image.registry} gives no more images to this host for some time.`,
      hint: 'Try again later.',
    }),
  },
  {
    said: /connection refused|no such host|no route to host|network is unreachable|i\/o timeout|timeout|tls:|x509|certificate|server gave HTTP response|connection reset|\bEOF\b|50[0234]\b|misbehaving/i,
    problem: (image) => ({
      code: 'unavailable',
      detail: `The registry ${image.registry} cannot be reached from the Docker engine.`,
      hint: 'Try again later; the operator looks at names, proxies and certificates of the engine, by `journalctl -u docker` too.',
    }),
  },
];

/** @param said by the engine */
export function pullProblem(image: ImageReference, said: string): Problem {
  const cause = cleanLine(redactText(said).text, 300);
  const reason = reasons.find((one) => one.said.test(said));
  if (reason === undefined) {
    return new Problem('unavailable', {
      detail: `${quote(nameOf(image), 255)} could not be pulled: ${cause}.`,
      hint: '`journalctl -u docker` says more.',
      cause,
    });
  }
  const { code, detail, hint } = reason.problem(image);
  return new Problem(code, { detail: `${detail} Docker says: ${cause}.`, hint, cause });
}
