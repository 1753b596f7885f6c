/** Durations as people write them. */

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `3600`, `15m`, `1h`, `30d`, `2w` as whole seconds; undefined for anything else, and for nothing at all. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d{1,10})([smhdw]?)$/.exec(text.trim());
  if (found === null) return undefined;
  const seconds = Number(found[1]) * (units[found[2] || 's'] ?? 1);
  return seconds > 0 ? seconds : undefined;
}
