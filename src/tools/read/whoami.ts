/** Who the caller is to this daemon. */

import { scopeNames } from '../../auth/scopes.ts';
import { isoTime } from '../../base/clock.ts';
import { count, list, maybe, record, text, time, truncated, withheld, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const narrowed = record({
  scope: word(scopeNames, 'The scope that is narrowed'),
  objects: list(text('An object that the scope is narrowed to', 4096), 'What the scope is narrowed to', 100),
});

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I here',
  summary:
    'Tells which agent this token stands for, how it was proven, its scopes, its narrowing and when it expires. ' +
    'Use it when a call was refused for want of a scope, before asking the operator for another token.',
  scope: 'any',
  effect: 'read',
  input: record({}),
  output: record({
    host: text('The host that answers', 255),
    agent: text('Whom the token was made for', 64),
    proof: word(['token', 'configured-token', 'local-user', 'none'], 'How the caller was identified'),
    door: word(['mcp', 'tcp', 'tailscale', 'stdio'], 'The socket that the call came in by'),
    tokenId: maybe(text('The id of the token, as it stands in the audit', 64)),
    scopes: list(word(scopeNames, 'A scope'), 'The scopes that the token carries', 16),
    narrowing: maybe(list(narrowed, 'Scopes that reach only some objects', 16)),
    expiresAt: maybe(time('When the token expires')),
    expiresInSeconds: maybe(count('How long it is still valid, seconds')),
    withheld,
    truncated,
  }),
  rest: 'Nothing is left out of this answer on ordinary tokens.',
  examples: [{ says: 'Which scopes do I have here?', args: {} }],
  run(_args, { host, grant, now }) {
    const lacking = scopeNames.filter((scope) => !grant.has(scope));
    return {
      host: host.name,
      agent: grant.agent,
      proof: grant.proof,
      door: grant.door,
      ...(grant.tokenId === undefined ? {} : { tokenId: grant.tokenId }),
      scopes: [...grant.scopes],
      ...(grant.narrowing === undefined
        ? {}
        : {
            narrowing: Object.entries(grant.narrowing).map(([scope, objects]) => ({
              scope: scope as (typeof scopeNames)[number],
              objects: [...objects],
            })),
          }),
      ...(grant.expiresAt === undefined
        ? {}
        : {
            expiresAt: isoTime(grant.expiresAt),
            expiresInSeconds: Math.max(0, Math.floor((grant.expiresAt - now()) / 1000)),
          }),
      ...(lacking.length === 0 ? {} : { withheld: lacking.map((scope) => `what needs the scope ${scope}`) }),
    };
  },
});
