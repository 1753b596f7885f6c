/**
 * What a request must look like before anybody asks who sent it: a Host and Origin that mean this machine
 * (against DNS rebinding), and no forwarding header believed.
 */

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Problem } from '../../base/errors.ts';

const forwarding = /^(forwarded|via|x-forwarded-.*|x-real-ip|tailscale-.*)$/;

/**
 * Takes every header away that a proxy could have set: none of them gives a right on any door.
 * @returns the names of those that were there; with one of them the caller may be anywhere.
 */
export function stripForwarding(request: IncomingMessage): readonly string[] {
  const found = Object.keys(request.headers).filter((name) => forwarding.test(name));
  for (const name of found) delete request.headers[name];
  return found;
}

/**
 * Throws `funnel_refused` for what Tailscale Funnel let in from the open internet, whichever door it takes; a client
 * that forges the header shuts out nobody but itself.
 * @param stripped the names that `stripForwarding` found
 */
export function refuseFunnel(stripped: readonly string[]): void {
  if (!stripped.includes('tailscale-funnel-request')) return;
  throw new Problem('funnel_refused', {
    detail:
      'Tailscale Funnel passed this request on from the open internet, which this daemon does not answer.',
    hint: 'Come through the tailnet. On the host, tailscale funnel status shows what Funnel opens.',
  });
}

/** The host name in a Host header or an origin, without port and brackets; undefined when it is neither. */
function hostName(authority: string): string | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/?#@\s[\]]+))(?::\d{1,5})?$/.exec(authority);
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

const isOurs = (name: string | undefined, allowed: readonly string[]): boolean =>
  name !== undefined &&
  (name === 'localhost' || isIP(name) !== 0 || allowed.some((host) => host.toLowerCase() === name));

/**
 * Throws `host_refused` or `origin_refused` unless both headers name this machine: an IP address, localhost or one
 * of `allowedHosts`. A page of another site whose name was pointed here carries its own name in both.
 */
export function checkHostAndOrigin(request: IncomingMessage, allowedHosts: readonly string[]): void {
  const { host, origin } = request.headers;
  if (!isOurs(host === undefined ? undefined : hostName(host), allowedHosts)) {
    throw new Problem('host_refused', {
      detail: 'The Host header names a host that this daemon does not answer for.',
      hint: 'Use localhost or the IP address, or add the name to server.allowed_hosts.',
    });
  }
  if (origin === undefined) return;
  const site = /^https?:\/\/(.+)$/.exec(origin)?.[1];
  if (!isOurs(site === undefined ? undefined : hostName(site), allowedHosts)) {
    throw new Problem('origin_refused', {
      detail: 'The Origin header names a site that may not call this daemon.',
      hint: 'Add its host name to server.allowed_hosts if it may.',
    });
  }
}
