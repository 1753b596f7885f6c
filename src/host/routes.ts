/** Routes of the main table, from /proc/net/route and /proc/net/ipv6_route. */

import { ipv4FromHex, ipv6FromHex } from './address-hex.ts';

export interface Route {
  readonly family: 'ipv4' | 'ipv6';
  readonly interface: string;
  readonly destination: string;
  readonly prefixLength: number;
  /** Absent where the destination is reached without one. */
  readonly gateway?: string;
  /** Of several the lowest is taken. */
  readonly metric: number;
}

// route(8): the flags of <linux/route.h>.
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

const usable = (flags: number): boolean => (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0;

const onesIn = (hex: string): number =>
  [...hex].reduce(
    (ones, digit) => ones + Number.parseInt(digit, 16).toString(2).replaceAll('0', '').length,
    0,
  );

/** The text of /proc/net/route, without routes that refuse. */
export function parseIpv4Routes(text: string): readonly Route[] {
  const line = /^(\S+)\t([0-9A-F]{8})\t([0-9A-F]{8})\t([0-9A-F]+)\t\d+\t\d+\t(\d+)\t([0-9A-F]{8})\t/gm;
  const routes: Route[] = [];
  for (const [, name = '', to = '', via = '', flags = '', metric = '', mask = ''] of text.matchAll(line)) {
    const bits = Number.parseInt(flags, 16);
    if (!usable(bits)) continue;
    routes.push({
      family: 'ipv4',
      interface: name,
      destination: ipv4FromHex(to),
      prefixLength: onesIn(mask),
      ...((bits & RTF_GATEWAY) === 0 ? {} : { gateway: ipv4FromHex(via) }),
      metric: Number(metric),
    });
  }
  return routes;
}

/** The text of /proc/net/ipv6_route, without routes that refuse. */
export function parseIpv6Routes(text: string): readonly Route[] {
  const hex = '([0-9a-f]{32})';
  const line = new RegExp(
    `^${hex} ([0-9a-f]{2}) [0-9a-f]{32} [0-9a-f]{2} ${hex} ([0-9a-f]{8}) [0-9a-f]{8} [0-9a-f]{8} ([0-9a-f]{8}) +(\\S+)$`,
    'gm',
  );
  const routes: Route[] = [];
  for (const [, to = '', prefix = '', via = '', metric = '', flags = '', name = ''] of text.matchAll(line)) {
    const bits = Number.parseInt(flags, 16);
    if (!usable(bits)) continue;
    routes.push({
      family: 'ipv6',
      interface: name,
      destination: ipv6FromHex(to),
      prefixLength: Number.parseInt(prefix, 16),
      ...((bits & RTF_GATEWAY) === 0 ? {} : { gateway: ipv6FromHex(via) }),
      metric: Number.parseInt(metric, 16),
    });
  }
  return routes;
}

/** The routes for all that no other route is for, the first choice first. */
export const defaultRoutes = (routes: readonly Route[]): readonly Route[] =>
  routes.filter((route) => route.prefixLength === 0).sort((a, b) => a.metric - b.metric);
