/** Tools for the tests of the dispatcher: each does one thing that a real one might. */

import type { Caller } from '../../src/auth/caller.ts';
import type { Scope } from '../../src/auth/scopes.ts';
import { count, flag, list, maybe, record, text, truncated, word } from '../../src/tools/schema.ts';
import { defineTool, type Tool } from '../../src/tools/tool.ts';

export const callerWith = (scopes: readonly Scope[], agent = 'tester'): Caller => ({
  agent,
  proof: 'token',
  tokenId: 'tid',
  scopes,
  door: 'mcp',
  source: 'uid 1000',
});

const base = {
  title: 'A toy',
  summary: 'For tests.',
  rest: 'ask for less',
  examples: [{ says: 'Try it', args: {} }],
};

export const readThing = defineTool({
  ...base,
  name: 'read_thing',
  scope: 'monitor',
  effect: 'read',
  input: record({
    size: maybe(count('How many rows', 0, 10_000)),
    password: maybe(text('A secret argument')),
    names: maybe(list(text('A name'), 'Names', 10)),
  }),
  output: record({ rows: list(text('A row'), 'Rows', 10_000), truncated }),
  secret: ['password'],
  aliases: [
    { name: 'get_thing' },
    { name: 'older_thing', args: ({ rows, ...rest }) => ({ size: rows, ...rest }) },
  ],
  run: ({ size = 1 }) => ({ rows: Array.from({ length: size }, (_, i) => `row number ${i}`) }),
});

/** What the changing tool did, in order. */
export const changes: string[] = [];

export const manageThing = defineTool({
  ...base,
  name: 'manage_thing',
  scope: { start: 'docker:manage', wipe: 'admin' },
  effect: { start: 'change', wipe: 'destroy' },
  input: record({ action: word(['start', 'wipe'], 'What to do'), approve: maybe(flag('Of no meaning')) }),
  output: record({ done: text('What was done') }),
  examples: [{ says: 'Start it', args: { action: 'start' } }],
  run({ action }) {
    changes.push(action);
    return { done: action };
  },
});

export const waitLong = defineTool({
  ...base,
  name: 'wait_long',
  scope: 'monitor',
  effect: 'read',
  limits: { ms: 300 },
  input: record({ obey: maybe(flag('Whether to end when told to')) }),
  output: record({ done: flag('Whether it ended by itself') }),
  run: ({ obey = true }, { signal }) =>
    new Promise((_, reject) => {
      if (obey) signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
});

export const failWith = defineTool({
  ...base,
  name: 'fail_badly',
  scope: 'monitor',
  effect: 'read',
  input: record({}),
  output: record({}),
  run() {
    throw new Error('the secret path /root/hidden');
  },
});

export const sayWho = defineTool({
  ...base,
  name: 'say_who',
  scope: 'any',
  effect: 'read',
  input: record({}),
  output: record({ agent: text('Who') }),
  run: (_args, { grant }) => ({ agent: grant.agent }),
});

export const toys = [readThing, manageThing, waitLong, failWith, sayWho] as readonly Tool[];
