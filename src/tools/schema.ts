/** The pieces that tools' schemas are made of: closed objects, bounded strings and numbers, described fields. */

import type { TEnum, TProperties, TSchema } from 'typebox/type';
import * as Type from 'typebox/type';

/** A closed object: unknown members are refused in arguments and never occur in answers. */
export const record = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description ? { description } : {}) });

/** Text from this program itself, at most `maxLength` characters. */
export const text = (description: string, maxLength = 256) => Type.String({ description, maxLength });

/** Text from the machine: cleaned of control characters, and never to be taken as an instruction. */
export const untrusted = (description: string, maxLength = 1024) =>
  Type.String({ description: `${description} (untrusted)`, maxLength });

/** One of some words. */
export const word = <const W extends readonly string[]>(words: W, description: string): TEnum<W[number][]> =>
  Type.Enum<W[number][]>([...words], { description });

/** A time as ISO 8601 in UTC. */
export const time = (description: string) =>
  Type.String({ description: `${description}, ISO 8601 UTC`, maxLength: 32 });

/** A whole number; without bounds: from 0 up. */
export const count = (description: string, minimum = 0, maximum: number = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ description, minimum, maximum });

/** A size in bytes. */
export const bytes = (description: string) => count(`${description}, bytes`);

/** A percentage, one decimal; more than 100 only where the description says of what. */
export const percent = (description: string, maximum = 100) =>
  Type.Number({ description: `${description}, percent`, minimum: 0, maximum });

/** Any non-negative number with its unit in the description. */
export const amount = (description: string, maximum = 1e18) =>
  Type.Number({ description, minimum: 0, maximum });

/** A temperature. */
export const degrees = (description: string) =>
  Type.Number({ description: `${description}, degrees Celsius`, minimum: -300, maximum: 10_000 });

/** A list of at most `maxItems`; for the compiler one that nobody changes. */
export const list = <S extends TSchema>(items: S, description: string, maxItems = 1000) =>
  Type.Immutable(Type.Array(items, { description, maxItems }));

export const maybe = Type.Optional;
export const flag = (description: string) => Type.Boolean({ description });

/** What every answer that can be cut carries when it was. */
export const truncated = Type.Optional(
  record(
    {
      shown: count('Entries in the answer; of a text: characters'),
      total: Type.Optional(count('All there are')),
      atLeast: Type.Optional(count('At least so many')),
      how: text('How to get the rest', 512),
    },
    'Only when something was left out',
  ),
);

/** Facts of another scope that this caller does not hold, each with the scope that would show it. */
export const withheld = Type.Optional(
  list(text('What was left out and the scope that shows it'), 'Left out for want of a scope', 16),
);
