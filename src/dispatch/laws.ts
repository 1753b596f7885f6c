/** The laws that every tool keeps. A catalogue that breaks one stops the start: there is no default to fall to. */

import { isScope } from '../auth/scopes.ts';
import { Problem } from '../base/errors.ts';
import type { PerAction, Tool } from '../tools/tool.ts';

type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Walks a schema and yields what is open, unbounded or unsaid in it, each with its place. */
export function* schemaFaults(schema: unknown, at: string): Generator<string> {
  if (!isObject(schema)) return yield `${at} is not a schema`;
  const type = schema['type'];
  if ('$ref' in schema) yield `${at} uses $ref`;
  if (type === 'object') {
    if (schema['additionalProperties'] !== false) yield `${at} is not closed`;
    for (const [name, child] of Object.entries((schema['properties'] ?? {}) as Schema)) {
      if (!isObject(child) || typeof child['description'] !== 'string')
        yield `${at}.${name} is not described`;
      yield* schemaFaults(child, `${at}.${name}`);
    }
  } else if (type === 'array') {
    if (typeof schema['maxItems'] !== 'number') yield `${at} has no maxItems`;
    yield* schemaFaults(schema['items'], `${at}[]`);
  } else if (type === 'string' && !('maxLength' in schema || 'enum' in schema || 'const' in schema)) {
    yield `${at} has no maxLength`;
  } else if ((type === 'integer' || type === 'number') && !('minimum' in schema && 'maximum' in schema)) {
    yield `${at} has no minimum and maximum`;
  } else if (type === undefined && !('enum' in schema || 'const' in schema || 'anyOf' in schema)) {
    yield `${at} has no type`;
  }
  for (const branch of Array.isArray(schema['anyOf']) ? schema['anyOf'] : []) yield* schemaFaults(branch, at);
}

const actionsOf = (tool: Tool): readonly string[] => {
  const action = tool.input.properties['action'] as Schema | undefined;
  return Array.isArray(action?.['enum']) ? (action['enum'] as string[]) : [];
};

function* tableFaults(
  tool: Tool,
  what: 'scope' | 'effect',
  valid: (word: string) => boolean,
): Generator<string> {
  const table: PerAction<string> | undefined = tool[what];
  if (typeof table === 'string') {
    if (!valid(table)) yield `its ${what} '${table}' is none`;
    return;
  }
  if (table === undefined || table === null) return yield `it has no ${what}`;
  const actions = actionsOf(tool);
  for (const action of actions)
    if (!Object.hasOwn(table, action)) yield `its action '${action}' has no ${what}`;
  for (const [action, word] of Object.entries(table)) {
    if (!actions.includes(action)) yield `its ${what} names '${action}', which is no action`;
    if (!valid(word)) yield `its ${what} '${word}' is none`;
  }
}

/** Everything that is wrong with one tool. */
export function* toolFaults(tool: Tool): Generator<string> {
  if (!/^[a-z]+(_[a-z]+)*$/.test(tool.name)) yield 'its name is not snake_case';
  if (tool.title.length === 0 || tool.title.length > 60) yield 'its title is empty or too long';
  if (tool.summary.length === 0 || tool.summary.length > 1000) yield 'its summary is empty or too long';
  yield* tableFaults(tool, 'scope', (word) => word === 'any' || isScope(word));
  yield* tableFaults(tool, 'effect', (word) => ['read', 'change', 'destroy'].includes(word));
  for (const [side, schema] of [
    ['input', tool.input],
    ['output', tool.output],
  ] as const) {
    if (schema.type !== 'object') yield `its ${side} is no object`;
    for (const word of ['anyOf', 'oneOf', 'allOf', 'not', 'if'])
      if (word in schema) yield `its ${side} has a root ${word}`;
    yield* schemaFaults(schema, side);
  }
  if (JSON.stringify(tool.output).includes('"array"') && !('truncated' in tool.output.properties)) {
    yield 'its answer has lists and no `truncated`';
  }
}

/** Throws `start_failed` that names every fault of every tool. */
export function checkLaws(catalogue: readonly Tool[]): void {
  const faults: string[] = [];
  const names = new Set<string>();
  for (const tool of catalogue) {
    for (const name of [tool.name, ...(tool.aliases ?? []).map((older) => older.name)]) {
      if (names.has(name)) faults.push(`${name}: the name is used twice`);
      names.add(name);
    }
    for (const fault of toolFaults(tool)) faults.push(`${tool.name}: ${fault}`);
  }
  if (faults.length > 0) {
    throw new Problem('start_failed', { detail: `The catalogue breaks a law: ${faults.join('; ')}.` });
  }
}
