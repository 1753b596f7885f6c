/** Every command there is, as a table; what a command does is loaded when it is called. */

import { productName, readVersion } from '../base/version.ts';
import type { Command, Option } from './command.ts';

const places = {
  user: {
    type: 'boolean',
    says: 'Mean this user’s own instance, with XDG folders, also as root.',
  },
  system: {
    type: 'boolean',
    says: 'Mean the installed instance, with /etc, /var and /run, also as an ordinary user.',
  },
} as const satisfies Record<string, Option>;

const settings = {
  ...places,
  config: {
    type: 'string',
    value: 'FILE',
    says: 'Read this configuration file instead of the default one and its conf.d.',
  },
  set: {
    type: 'string',
    value: 'KEY=VALUE',
    multiple: true,
    says: 'Set one setting, e.g. server.port=9090; may be given several times.',
  },
} as const satisfies Record<string, Option>;

const json = { json: { type: 'boolean', says: 'Print JSON.' } } as const satisfies Record<string, Option>;

const minting = {
  ...places,
  agent: { type: 'string', value: 'NAME', says: 'Whom the token is for; the audit records this name.' },
  scopes: { type: 'string', value: 'LIST', says: 'What it may do: scopes with commas between.' },
  ttl: { type: 'string', value: 'TIME', says: 'How long it is valid: 3600, 15m, 1h or 30d.' },
} as const satisfies Record<string, Option>;

export const commands: readonly Command[] = [
  {
    name: 'serve',
    says: 'Run the daemon in the foreground. Under systemd it takes over the sockets that the socket units hold.',
    options: {
      ...settings,
      'as-root': { type: 'boolean', says: 'Serve as root instead of dropping to server.user.' },
      'first-try': {
        type: 'boolean',
        says: 'Use this user’s own folders, listen on 127.0.0.1 too, and print a token and lines to paste.',
      },
      'dropped-from-root': {
        type: 'boolean',
        says: 'Verify that root was dropped; set by the daemon itself.',
      },
    },
    examples: ['systemmanager-mcp serve --set server.port=9090'],
    run: async (values) => (await import('./serve.ts')).serve(values),
  },
  {
    name: 'stdio',
    says:
      'Serve MCP over standard input and output for the user who runs this, with that user’s own rights. ' +
      'No daemon is needed; the log goes to standard error.',
    options: {
      ...settings,
      scopes: {
        type: 'string',
        value: 'LIST',
        says: 'Grant only these scopes, with commas between; default: admin.',
      },
    },
    examples: ['claude mcp add systemmanager -- systemmanager-mcp stdio'],
    run: async (values) => (await import('./stdio.ts')).runStdio(values),
  },
  {
    name: 'call',
    says: 'Call one tool of the running daemon over its Unix socket.',
    takes: 'TOOL',
    most: 1,
    options: {
      ...places,
      arg: { type: 'string', value: 'K=V', multiple: true, says: 'One argument; lists with commas between.' },
      args: { type: 'string', value: 'JSON', says: 'All arguments as one JSON object.' },
      json: { type: 'boolean', says: 'Print JSON also on a terminal.' },
      'token-file': {
        type: 'string',
        value: 'FILE',
        says: 'Read the token from this file, which nobody else may read.',
      },
      socket: { type: 'string', value: 'PATH', says: 'Use this socket.' },
    },
    examples: [
      'systemmanager-mcp call get_system_status --arg sections=cpu,memory',
      'systemmanager-mcp call get_network_status --json',
    ],
    run: async (values, positionals) => (await import('./call.ts')).call(values, positionals),
  },
  {
    name: 'tools',
    says: 'List the tools with their scopes, or show one of them in full.',
    takes: '[NAME]',
    most: 1,
    options: json,
    examples: ['systemmanager-mcp tools get_system_status'],
    run: async (values, positionals) => (await import('./tools.ts')).showTools(values, positionals),
  },
  {
    name: 'token mint',
    says:
      'Make a token and print it on standard output, once. It is not kept: who loses it gets a new one. ' +
      'The id and the expiry go to standard error.',
    options: {
      ...minting,
      narrow: {
        type: 'string',
        value: 'SCOPE=OBJECT',
        multiple: true,
        says: 'Narrow a scope to this object, e.g. fs=/var/log/nginx; once for each.',
      },
    },
    examples: [
      'systemmanager-mcp token mint --agent ops --scopes monitor,fs --ttl 30d',
      'systemmanager-mcp token mint --agent web --scopes fs --narrow fs=/srv --ttl 1d',
    ],
    run: async (values) => (await import('./token.ts')).mint(values),
  },
  {
    name: 'token static',
    says:
      'Make a token that stands in the configuration by its SHA-256: the token goes to standard output, ' +
      'the entry for security.auth_tokens to standard error.',
    options: minting,
    examples: ['systemmanager-mcp token static --agent ops --scopes monitor --ttl 30d'],
    run: async (values) => (await import('./token.ts')).mintStatic(values),
  },
  {
    name: 'token revoke',
    says: 'Refuse a token from now on, by its id as token mint and the audit show it.',
    takes: 'ID',
    most: 1,
    options: places,
    run: async (values, positionals) => (await import('./token.ts')).revoke(values, positionals),
  },
  {
    name: 'token rotate',
    says: 'Make a new key for new tokens. Tokens of the old keys stay valid until they expire.',
    options: places,
    run: async (values) => (await import('./token.ts')).rotate(values),
  },
  {
    name: 'config check',
    says: 'Check the configuration, or one FILE, and say every fault at once.',
    takes: '[FILE]',
    most: 1,
    options: settings,
    run: async (values, positionals) => (await import('./config.ts')).check(values, positionals),
  },
  {
    name: 'config show',
    says: 'Show every setting with its value and where that comes from. Secrets are masked.',
    options: { ...settings, ...json },
    run: async (values) => (await import('./config.ts')).show(values),
  },
  {
    name: 'tailscale setup',
    says:
      'Say step by step, and why, how the daemon gets behind Tailscale Serve, so that a tailnet reaches it over https. ' +
      'It runs none of the steps.',
    options: {},
    run: async () => (await import('./tailscale.ts')).setup(),
  },
  {
    name: 'tailscale status',
    says:
      'Check what the daemon behind Tailscale Serve needs: the versions, its socket, what Serve and Funnel pass on, ' +
      'whose the machine is. It only reads, and ends with 1 where something stands in the way.',
    options: {},
    run: async () => (await import('./tailscale.ts')).status(),
  },
  {
    name: 'reference',
    says: 'Print a part of the reference as Markdown, generated from the program itself.',
    takes: 'tools|config|errors|scopes',
    most: 1,
    options: {},
    run: async (_values, positionals) => (await import('./reference.ts')).print(positionals),
  },
  {
    name: 'completion',
    says: 'Print what a shell needs to complete this command line.',
    takes: 'bash|zsh|fish',
    most: 1,
    options: {},
    run: async (_values, positionals) => (await import('./completion.ts')).complete(commands, positionals),
  },
  {
    name: 'version',
    says: 'Print the version of this program and of the Node.js it runs on.',
    options: {},
    async run() {
      console.log(`${productName} ${readVersion()} (Node.js ${process.versions.node}, ${process.arch})`);
      return 0;
    },
  },
];
