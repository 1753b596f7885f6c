/** `tools`: the catalogue, read cold; and one tool in full. */

import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { eachWord } from '../dispatch/authorize.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Tool } from '../tools/tool.ts';
import { type Values, wrap } from './command.ts';

/** Prints the catalogue, or the tool that is named. */
export async function showTools(values: Values, [name]: readonly string[]): Promise<number> {
  const chosen = name === undefined ? catalogue : [toolNamed(name)];
  if (values['json'] === true) {
    console.log(JSON.stringify(chosen.map(plain), null, 2));
  } else if (name === undefined) {
    const width = Math.max(...catalogue.map((tool) => tool.name.length));
    for (const tool of catalogue) {
      console.log(`${tool.name.padEnd(width)}  ${scopesOf(tool).padEnd(13)}  ${tool.title}`);
    }
  } else {
    for (const tool of chosen) console.log(describe(tool));
  }
  return 0;
}

/** Throws `tool_unknown` with the nearest name. */
export function toolNamed(name: string): Tool {
  const found = catalogue.find(
    (tool) => tool.name === name || tool.aliases?.some((older) => older.name === name),
  );
  if (found !== undefined) return found;
  const near = nearest(
    name,
    catalogue.map((tool) => tool.name),
  );
  throw new Problem('tool_unknown', {
    detail: `There is no tool '${name}'.`,
    hint: near ? `Did you mean '${near}'?` : 'See systemmanager-mcp tools.',
  });
}

export const scopesOf = (tool: Tool): string => [...new Set(eachWord(tool.scope))].join(', ');

const plain = ({ run, aliases, ...tool }: Tool) => ({
  ...tool,
  aliases: (aliases ?? []).map((older) => older.name),
});

function describe(tool: Tool): string {
  const lines = [`${tool.name}: ${tool.title}`, '', wrap(tool.summary, 0), '', `Scope: ${scopesOf(tool)}`];
  if (tool.aliases) lines.push(`Older names: ${tool.aliases.map((older) => older.name).join(', ')}`);
  const args = Object.entries(tool.input.properties) as [string, { description?: string }][];
  lines.push('', args.length === 0 ? 'It takes no arguments.' : 'Arguments:');
  for (const [name, schema] of args) lines.push(wrap(`${name}: ${schema.description ?? ''}`, 6, 2));
  lines.push('', 'Examples:');
  for (const { says, args: given } of tool.examples) {
    const words = Object.entries(given as Record<string, unknown>).map(
      ([k, v]) => ` --arg ${k}=${String(v)}`,
    );
    lines.push(wrap(says, 4, 2), `    systemmanager-mcp call ${tool.name}${words.join('')}`);
  }
  return lines.join('\n');
}
