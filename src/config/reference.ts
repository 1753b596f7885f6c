/** The settings as documentation, generated from the schema: for the README and for man pages. */

import { settingsByKey } from './schema.ts';

/** A setting as the documentation speaks of it. */
export interface SettingReference {
  readonly key: string;
  readonly doc: string;
  /** What is valid, in words. */
  readonly kind: string;
  readonly default: unknown;
  readonly appliedBy: 'reload' | 'restart';
  /** The environment variable; absent where files alone are asked. */
  readonly env?: string;
  readonly sensitive: boolean;
}

/** Every setting, with the defaults of an installed daemon. */
export function settingsReference(): readonly SettingReference[] {
  const folder = '/var/log/systemmanager';
  const settings = settingsByKey({ log: `${folder}/mcp.log`, audit: `${folder}/audit.log` });
  return [...settings].map(([key, { doc, kind, default: byDefault, reload, env, sensitive = false }]) => ({
    key,
    doc,
    kind,
    default: byDefault,
    appliedBy: reload === 'live' ? 'reload' : 'restart',
    ...(env === undefined ? {} : { env }),
    sensitive,
  }));
}

const code = (text: string): string => `\`${text}\``;

const defaultText = (value: unknown): string => {
  if (!Array.isArray(value)) return code(String(value));
  return value.length === 0 ? 'none' : value.map((entry) => code(String(entry))).join(', ');
};

/** One row a setting, in Markdown. */
export function markdownTable(): string {
  const rows = settingsReference().map(({ key, doc, kind, default: byDefault, appliedBy, env }) => [
    code(key),
    doc,
    kind,
    defaultText(byDefault),
    appliedBy,
    env === undefined ? 'files only' : code(env),
  ]);
  const head = ['setting', 'meaning', 'value', 'default', 'applied by', 'environment'];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
