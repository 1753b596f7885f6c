/** A point in time as callers write it. */

import { parseDuration } from './duration.ts';
import { Problem } from './errors.ts';
import { quote } from './quote.ts';

const isoShape = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * `2026-01-02T03:04:05Z`, UTC where it names no zone, or `90s`, `15m`, `2h`, `7d` before `nowMs`; milliseconds since
 * the epoch. Throws `arguments_invalid`.
 */
export function parseMoment(name: string, text: string, nowMs: number): number {
  const ago = parseDuration(text);
  const [, date, clock = '00:00', zone = 'Z'] = isoShape.exec(text) ?? [];
  const at = ago === undefined ? Date.parse(`${date}T${clock}${zone}`) : nowMs - ago * 1000;
  if (at >= 0) return at;
  throw new Problem('arguments_invalid', {
    detail: `\`${name}\` ${quote(text)} is no time.`,
    hint: 'Valid are ISO 8601, e.g. 2026-01-02T03:04:05Z, and how long ago: 90s, 15m, 2h, 7d.',
  });
}
