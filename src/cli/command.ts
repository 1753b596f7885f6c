/**
 * What a command is: data with one function, from which the parsing, the help and the completions follow.
 * Knows no command in particular.
 */

import { parseArgs } from 'node:util';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { productName } from '../base/version.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help, e.g. `FILE`. */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  readonly says: string;
}

export type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Command {
  /** One or two words: `serve`, `token mint`. */
  readonly name: string;
  readonly says: string;
  /** Positional arguments as the help shows them, e.g. `[FILE]`; absent where there are none. */
  readonly takes?: string;
  /** The most positional arguments. */
  readonly most?: number;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples?: readonly string[];
  /** @returns the exit status */
  run(values: Values, positionals: readonly string[]): Promise<number>;
}

export const textOf = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

export const textsOf = (values: Values, name: string): readonly string[] => {
  const value = values[name];
  return Array.isArray(value) ? value : [];
};

/** The value of an option that must be there. Throws `usage_invalid` that names it. */
export function requiredText(values: Values, name: string): string {
  const value = textOf(values, name);
  if (value === undefined) throw new Problem('usage_invalid', { detail: `--${name} is missing.` });
  return value;
}

/** Throws `usage_invalid` for what the command does not take, with the nearest that it does. */
export function parseFor(
  command: Command,
  args: readonly string[],
): { values: Values; positionals: readonly string[] } {
  const known = [...Object.keys(command.options), 'help'];
  for (const arg of args) {
    if (arg === '--') break;
    const long = /^--([^=]+)/.exec(arg)?.[1];
    if (long === undefined || known.includes(long)) continue;
    const near = nearest(long, known);
    throw new Problem('usage_invalid', {
      detail: `${command.name} has no option --${long}.`,
      hint: near ? `Did you mean --${near}?` : `See ${productName} ${command.name} --help.`,
    });
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(command.options).map(([name, { type, short, multiple }]) => [
          name,
          { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
        ]),
      ),
    });
    const most = command.most ?? 0;
    if (positionals.length > most) {
      throw new Problem('usage_invalid', { detail: `${command.name} does not take '${positionals[most]}'.` });
    }
    return { values: values as Values, positionals };
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    const words = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : '';
    throw new Problem('usage_invalid', { detail: words, hint: `See ${productName} ${command.name} --help.` });
  }
}

const columns = 80;

/** Words in lines of at most `columns`, each after the first indented. */
export function wrap(words: string, indent: number, first = indent): string {
  const lines: string[] = [];
  let line = ' '.repeat(first);
  for (const part of words.split(/\s+/)) {
    if (line.trim() !== '' && line.length + 1 + part.length > columns) {
      lines.push(line);
      line = ' '.repeat(indent);
    }
    line += line.trim() === '' ? part : ` ${part}`;
  }
  return [...lines, line].join('\n');
}

const entry = (head: string, says: string): string => {
  const indent = 24;
  const start = `  ${head}`;
  return start.length + 2 <= indent
    ? start + wrap(says, indent, indent).slice(start.length)
    : `${start}\n${wrap(says, indent)}`;
};

export function helpFor(command: Command): string {
  const options = Object.entries(command.options);
  const lines = [
    wrap(
      `Usage: ${productName} ${command.name}${options.length > 0 ? ' [OPTIONS]' : ''}${command.takes ? ` ${command.takes}` : ''}`,
      7,
      0,
    ),
    '',
    wrap(command.says, 0),
  ];
  const shown = options.map(([name, { value, short, says }]) =>
    entry(`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`, says),
  );
  lines.push('', 'Options:', ...shown, entry('--help', 'Show this help and exit.'));
  if (command.examples) lines.push('', 'Examples:', ...command.examples.map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

export function helpForAll(commands: readonly Command[]): string {
  return `${[
    `Usage: ${productName} COMMAND [OPTIONS]`,
    '',
    wrap('Gives AI agents and their operators safe access to this machine over MCP.', 0),
    '',
    'Commands:',
    ...commands.map(({ name, says }) => entry(name, `${says.split('. ')[0]}`.replace(/\.?$/, '.'))),
    '',
    `Each of them has --help. The manual is ${productName}(1).`,
  ].join('\n')}\n`;
}
