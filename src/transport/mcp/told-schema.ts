/**
 * Schemas as clients and their models are told them: without the bounds that say nothing to a reader. The dispatcher
 * holds calls and answers to the full ones all the same.
 */

type Schema = Record<string, unknown>;

/** Of arguments a reader needs the bounds but for how long a text may be, and how far a number can be counted. */
export const toldInput = (schema: object): Schema =>
  without(
    schema,
    (key, value) => key === 'maxLength' || (key === 'maximum' && value === Number.MAX_SAFE_INTEGER),
  );

const untold = new Set(['minimum', 'maximum', 'maxLength', 'maxItems', 'additionalProperties', 'required']);

/**
 * The members of an answer are described; those of its rows and of objects in it are told by their names, in which the
 * units are, and by whether they are to be trusted.
 */
const deepestDescribed = 1;

/** Whoever reads an answer has it before him, and a client that was told less takes what a later version adds. */
export const toldOutput = (schema: object): Schema =>
  without(
    schema,
    (key, value, depth) =>
      untold.has(key) ||
      (key === 'description' && depth > deepestDescribed && !String(value).endsWith('(untrusted)')),
  );

/** @param drops asked with how many objects lie around */
function without(schema: object, drops: (key: string, value: unknown, depth: number) => boolean): Schema {
  const told = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((one) => told(one, depth));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, one]) => !drops(key, one, depth))
        .map(([key, one]) => [key, key === 'properties' ? members(one, depth + 1) : told(one, depth)]),
    );
  };
  // What is called like a bound may also be the name of a property.
  const members = (value: object, depth: number): Schema =>
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, told(one, depth)]));
  return told(schema, 0) as Schema;
}
