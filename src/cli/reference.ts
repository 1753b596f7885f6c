/** `reference`: the parts of the documentation that are generated, so that they cannot say anything else than the code. */

import { scopes } from '../auth/scopes.ts';
import { errors, Problem } from '../base/errors.ts';
import { markdownTable } from '../config/reference.ts';
import { eachWord } from '../dispatch/authorize.ts';
import { catalogue } from '../tools/catalogue.ts';
import { scopesOf } from './tools.ts';

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const rows = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [row(...head), `|${head.map(() => ' --- ').join('|')}|`, ...body.map((cells) => row(...cells))].join('\n');

const code = (text: string): string => `\`${text}\``;

/** Each generated part by its name. */
export const parts: Readonly<Record<string, () => string>> = {
  tools: () =>
    rows(
      ['tool', 'effect · scope', 'what it answers', 'older names'],
      catalogue.map((tool) => [
        code(tool.name),
        `${[...new Set(eachWord(tool.effect))].join('/')} · ${scopesOf(tool)}`,
        `${tool.summary.split('. ')[0]?.replace(/\.$/, '')}.`,
        (tool.aliases ?? []).map((older) => code(older.name)).join(', '),
      ]),
    ),
  config: () => markdownTable(),
  scopes: () =>
    rows(
      ['scope', 'grants'],
      Object.entries(scopes).map(([name, says]) => [code(name), says]),
    ),
  errors: () =>
    rows(
      ['code', 'HTTP', 'category', 'who can mend it', 'try again', 'what it means'],
      Object.entries(errors).map(([name, { status, category, mender, retry, sentence }]) => [
        code(name),
        String(status),
        code(category),
        mender,
        retry,
        sentence,
      ]),
    ),
};

/** The documents that have generated parts, from the root of the repository. */
export const generated: readonly string[] = ['README.md', 'docs/errors.md'];

/** The document with each part between `<!-- generated: NAME -->` and `<!-- end -->` written anew. */
export const fillIn = (document: string): string =>
  document.replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, head: string, name: string, end: string) =>
      parts[name] === undefined ? whole : `${head}\n${parts[name]()}\n\n${end}`,
  );

export async function print([name]: readonly string[]): Promise<number> {
  const part = name === undefined ? undefined : parts[name];
  if (part === undefined) {
    throw new Problem('usage_invalid', {
      detail: `There is no such part.`,
      hint: `There are ${Object.keys(parts).join(', ')}.`,
    });
  }
  console.log(part());
  return 0;
}
