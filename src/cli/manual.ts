/** The man pages that are generated, in mdoc(7): the commands, the settings and the tools. The daemon's own page is written by hand. */

import { productName } from '../base/version.ts';
import { settingsReference } from '../config/reference.ts';
import { eachWord } from '../dispatch/authorize.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Tool } from '../tools/tool.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { scopesOf } from './tools.ts';

/** One text line for mandoc: a backslash is written out, and no line begins like a macro. */
const mdocText = (line: string): string => line.replaceAll('\\', '\\e').replace(/^([.'])/, '\\&$1');

/** Text with each sentence on a line of its own, as mdoc wants it. */
const prose = (text: string): string =>
  text
    .split(/(?<=[a-z0-9)`][.]) (?=[A-Z])/)
    .map(mdocText)
    .join('\n');

/** An argument of a macro; quotation marks within are doubled. */
const argument = (text: string): string => `"${mdocText(text).replaceAll('"', '""')}"`;

const list = (items: readonly string[]): string => ['.Bl -tag -width Ds', ...items, '.El'].join('\n');

const page = (date: string, name: string, section: number, about: string, body: readonly string[]): string =>
  [
    '.\\" Generated from the program: npm run docs',
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${about}`,
    ...body,
    '',
  ].join('\n');

const pageDate = 'November 25, 2026';

const optionItem = ([name, { value, says }]: [string, Command['options'][string]]): string =>
  [`.It Fl Fl ${name}${value === undefined ? '' : ` Ar ${argument(value)}`}`, prose(says)].join('\n');

function commandSection({ name, says, takes, options, examples = [] }: Command): string {
  const names = Object.entries(options);
  return [
    `.Ss ${name}${takes === undefined ? '' : ` ${argument(takes)}`}`,
    prose(says),
    ...(names.length === 0 ? [] : [list(names.map(optionItem))]),
    ...examples.flatMap((example) => ['.Pp', `.Dl ${argument(example)}`]),
  ].join('\n');
}

const commandsPage = (): string =>
  page(pageDate, productName, 1, 'give AI agents safe access to this machine over MCP', [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar command',
    '.Op Ar option ...',
    '.Sh DESCRIPTION',
    prose(
      'The command line of the daemon: it runs it, calls its tools, makes tokens and checks the configuration. ' +
        'As root the commands mean the installed daemon, for an ordinary user that user’s own.',
    ),
    '.Sh COMMANDS',
    'Every command has',
    '.Fl Fl help .',
    ...commands.map(commandSection),
    '.Sh EXIT STATUS',
    '0 on success, 1 when something failed, 2 when the command was called wrongly.',
    '.Sh SEE ALSO',
    `.Xr ${productName}.conf 5 ,`,
    `.Xr ${productName}-tools 7 ,`,
    `.Xr ${productName}d 8`,
  ]);

const defaultOf = (value: unknown): string =>
  Array.isArray(value) ? value.join(', ') || 'none' : String(value) || 'none';

const settingsPage = (): string =>
  page(pageDate, `${productName}.conf`, 5, 'settings of the system manager daemon', [
    '.Sh SYNOPSIS',
    '.Pa /etc/systemmanager/config.yaml',
    '.Pp',
    '.Pa /etc/systemmanager/conf.d/*.yaml',
    '.Sh DESCRIPTION',
    prose(
      'YAML files, all of them optional. Later files win over earlier ones, the environment over the files, ' +
        'and --set over all. An unknown setting is refused by name.',
    ),
    '.Ql systemmanager-mcp config check',
    'says every fault at once, and',
    '.Ql systemmanager-mcp config show',
    'where each value comes from.',
    '.Sh SETTINGS',
    list(
      settingsReference().map(({ key, doc, kind, default: byDefault, appliedBy, env }) =>
        [
          `.It Cm ${key}`,
          prose(doc),
          `Value: ${mdocText(kind)}.`,
          `Default: ${mdocText(defaultOf(byDefault))}.`,
          `Applied by a ${appliedBy}.`,
          ...(env === undefined ? ['Read from files only.'] : ['Environment:', `.Ev ${env}`]),
        ].join('\n'),
      ),
    ),
    '.Sh EXAMPLES',
    '.Bd -literal -offset indent',
    'server:',
    '  allowed_hosts: [nas.example.net]',
    'logging:',
    '  level: debug',
    '.Ed',
    '.Sh SEE ALSO',
    `.Xr ${productName} 1 ,`,
    `.Xr ${productName}d 8`,
  ]);

function toolSection(tool: Tool): string {
  const inputs = Object.entries(tool.input.properties) as [string, { readonly description?: string }][];
  const required: readonly string[] = tool.input.required ?? [];
  return [
    `.Ss ${tool.name}`,
    prose(tool.summary),
    '.Pp',
    `Effect: ${[...new Set(eachWord(tool.effect))].join(', ')}.`,
    `Scope: ${scopesOf(tool)}.`,
    ...(tool.aliases === undefined
      ? []
      : [`Older names: ${tool.aliases.map(({ name }) => name).join(', ')}.`]),
    ...(inputs.length === 0
      ? []
      : [
          list(
            inputs.map(([name, { description = '' }]) =>
              [
                `.It Cm ${name}`,
                `${prose(description)}${required.includes(name) ? ' (required)' : ''}.`,
              ].join('\n'),
            ),
          ),
        ]),
    ...tool.examples.flatMap(({ says, args }) => ['.Pp', prose(says), `.Dl ${argument(callOf(tool, args))}`]),
  ].join('\n');
}

const callOf = (tool: Tool, args: object): string =>
  `${productName} call ${tool.name}${Object.keys(args).length === 0 ? '' : ` --args '${JSON.stringify(args)}'`}`;

const toolsPage = (): string =>
  page(pageDate, `${productName}-tools`, 7, 'tools of the system manager daemon', [
    '.Sh DESCRIPTION',
    prose(
      'What agents and operators can ask of the daemon, over MCP, over HTTP and by the command line. ' +
        'A caller sees the tools that the scopes of its token allow.',
    ),
    '.Sh TOOLS',
    ...catalogue.map(toolSection),
    '.Sh SEE ALSO',
    `.Xr ${productName} 1 ,`,
    `.Xr ${productName}d 8`,
  ]);

/** Each generated page by its file in the folder of man pages. */
export const manualPages: Readonly<Record<string, () => string>> = {
  'systemmanager-mcp.1': commandsPage,
  'systemmanager-mcp.conf.5': settingsPage,
  'systemmanager-mcp-tools.7': toolsPage,
};
