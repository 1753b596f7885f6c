/** Data as text for a terminal: names and values in columns, lists of records as tables. */

import { cleanText } from '../base/clean-text.ts';

type Row = Readonly<Record<string, unknown>>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cell = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(cell).join(', ');
  if (isRow(value))
    return Object.entries(value)
      .map(([name, inner]) => `${name}=${cell(inner)}`)
      .join(' ');
  return cleanText(String(value), 200).replaceAll('\n', ' ');
};

function table(rows: readonly Row[], indent: string): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [names, ...rows.map((row) => names.map((name) => (name in row ? cell(row[name]) : '')))];
  const widths = names.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    (indent + line.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')).trimEnd(),
  );
}

/** Lines for a person; every value of the data is in them. */
export function renderText(data: Row, indent = ''): string[] {
  const width = Math.max(
    0,
    ...Object.entries(data)
      .filter(([, v]) => !isRow(v))
      .map(([name]) => name.length),
  );
  return Object.entries(data).flatMap(([name, value]) => {
    if (isRow(value)) return [`${indent}${name}`, ...renderText(value, `${indent}  `)];
    if (Array.isArray(value) && value.length > 0 && value.every(isRow)) {
      return [`${indent}${name}`, ...table(value, `${indent}  `)];
    }
    return [`${indent}${name.padEnd(width)}  ${cell(value)}`];
  });
}
