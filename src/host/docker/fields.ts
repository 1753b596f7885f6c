/** What the engine says, member by member: whatever is missing or of another kind is undefined or empty. */

/** The member at the end of the path. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

/** A text that is not empty. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** Only what is plainly true. */
export const truthAt = (value: unknown, ...path: readonly string[]): boolean => at(value, ...path) === true;

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const textsAt = (value: unknown, ...path: readonly string[]): readonly string[] =>
  listAt(value, ...path).filter((entry) => typeof entry === 'string');

export function entriesAt(
  value: unknown,
  ...path: readonly string[]
): readonly (readonly [string, unknown])[] {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
}

/**
 * A time of the engine's (RFC 3339 with nanoseconds) as ISO 8601 in UTC; undefined for none: it says year 1 for never.
 */
export function timeAt(value: unknown, ...path: readonly string[]): string | undefined {
  const said = textAt(value, ...path);
  const ms = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(ms) || ms <= 0 ? undefined : new Date(ms).toISOString();
}
