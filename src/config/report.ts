/** What `config check` and `config show` print. Sensitive values are masked, always. */

import type { LoadedConfig } from './load.ts';
import { settingValue } from './schema.ts';

/** A setting as people and programs are shown it. */
export interface Shown {
  readonly key: string;
  readonly value: unknown;
  /** `default`, a file, `environment NAME` or `argument --set KEY`. */
  readonly origin: string;
}

const masked = '[Sensitive]';
const columns = 80;

const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0);

export const showData = ({ config, origins, settings }: LoadedConfig): readonly Shown[] =>
  [...settings].map(([key, { sensitive }]) => {
    const value = settingValue(config, key);
    return {
      key,
      value: sensitive && !isEmpty(value) ? masked : value,
      origin: origins.get(key) ?? 'default',
    };
  });

/** The value in one piece, or a long list in one piece an entry. */
function asLines(value: unknown, width: number): readonly string[] {
  if (isEmpty(value)) return ['(none)'];
  if (!Array.isArray(value)) return [String(value)];
  const whole = value.join(', ');
  return whole.length <= width ? [whole] : value.map(String);
}

/** A line or more a setting: its value, and where that comes from if it is not the default. */
export function showReport(loaded: LoadedConfig): string {
  const shown = showData(loaded);
  const indent = Math.max(...shown.map(({ key }) => key.length)) + 2;
  return shown
    .flatMap(({ key, value, origin }) => {
      const lines = asLines(value, columns - indent);
      const all = origin === 'default' ? lines : [...lines, `from ${origin}`];
      return all.map((line, index) => `${(index === 0 ? key : '').padEnd(indent)}${line}`);
    })
    .join('\n');
}

/**
 * What a valid configuration was read from, and what to know of it.
 * @param remarks of what it names, each with its full stop
 */
export function checkReport({ files, warnings }: LoadedConfig, remarks: readonly string[] = []): string {
  return [
    files.length === 0 ? 'No file was found: every setting not given otherwise has its default.' : 'Read:',
    ...files.map((file) => `  ${file}`),
    ...warnings.flatMap((warning) => fold(`Warning: ${warning}.`)),
    ...remarks.flatMap(fold),
    'The configuration is valid.',
  ].join('\n');
}

/** Lines of at most 80 columns, those after the first indented; a word that is longer stays whole. */
function fold(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}
