/** Arguments against a tool's schema: compiled at start, refused with the field, the rule and what is valid. */

import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { Tool } from '../tools/tool.ts';

export interface Validator {
  /** The arguments with defaults filled in, or throws `arguments_invalid`. */
  validate(tool: Tool, args: unknown): Record<string, unknown>;
}

/**
 * What the catalogue's test holds true of every schema (that it is one by the meta-schema) is not looked at again at each
 * start, and the code of a few small schemas is not worth being optimized: the two would be half of the time it takes.
 */
const newAjv = (): Ajv2020 =>
  new Ajv2020({
    strict: true,
    allErrors: true,
    useDefaults: true,
    ownProperties: true,
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  });

/** Compiles every tool's input schema. Throws `start_failed` for a schema that Ajv's strict mode refuses. */
export function openValidator(catalogue: readonly Tool[]): Validator {
  const ajv = newAjv();
  const compiled = new Map<string, ValidateFunction>();
  for (const tool of catalogue) {
    try {
      compiled.set(tool.name, ajv.compile(tool.input));
    } catch (cause) {
      throw new Problem('start_failed', { detail: `The input schema of ${tool.name} is broken.`, cause });
    }
  }
  return {
    validate(tool, given) {
      const args = given ?? {};
      const check = compiled.get(tool.name);
      if (check === undefined) throw new Problem('internal', { cause: `${tool.name} was never compiled` });
      if (check(args)) return args as Record<string, unknown>;
      throw refusal(tool, check.errors ?? []);
    },
  };
}

const fieldOf = (error: ErrorObject): string =>
  error.instancePath === '' ? 'the arguments' : `'${error.instancePath.slice(1).replaceAll('/', '.')}'`;

/** One broken rule in words. */
function sentence(error: ErrorObject): string {
  const field = fieldOf(error);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${quote(String(params['additionalProperty']))} is not an argument`;
    case 'required':
      return `'${params['missingProperty']}' is missing`;
    case 'enum':
      return `${field} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'type':
      return `${field} must be ${params['type'] === 'object' ? 'an object' : `of type ${params['type']}`}`;
    default:
      return `${field} ${error.message ?? `breaks the rule ${error.keyword}`}`;
  }
}

function refusal(tool: Tool, errors: readonly ErrorObject[]): Problem {
  const valid = Object.keys(tool.input.properties);
  const unknown = errors.find((error) => error.keyword === 'additionalProperties');
  const wrong = unknown
    ? String((unknown.params as Record<string, unknown>)['additionalProperty'])
    : undefined;
  const near = wrong === undefined ? undefined : nearest(wrong, valid);
  const takes =
    valid.length === 0 ? `${tool.name} takes no arguments.` : `${tool.name} takes ${valid.join(', ')}.`;
  return new Problem('arguments_invalid', {
    detail: `${tool.name}: ${[...new Set(errors.slice(0, 5).map(sentence))].join('; ')}.`,
    hint: near === undefined ? takes : `Did you mean '${near}'? ${takes}`,
  });
}
