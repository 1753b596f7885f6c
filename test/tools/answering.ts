/** Calls one tool on a host, and holds its answer against what the tool declares. */

import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Narrowing } from '../../src/auth/caller.ts';
import { grants, type Scope } from '../../src/auth/scopes.ts';
import type { Host } from '../../src/host/host.ts';
import type { Tool, ToolContext } from '../../src/tools/tool.ts';

export const contextOf = (
  host: Host,
  scopes: readonly Scope[],
  nowMs: number,
  narrowing?: Narrowing,
): ToolContext => ({
  host,
  grant: {
    ...{ agent: 'tester', proof: 'token', door: 'mcp', scopes, has: (scope) => grants(scopes, scope) },
    ...(narrowing && { narrowing }),
  },
  signal: new AbortController().signal,
  now: () => nowMs,
  progress: () => {},
});

/** The answer as a client gets it. Fails where it breaks the tool's own output schema. */
export async function answerOf(
  tool: unknown,
  host: Host,
  args: Record<string, unknown>,
  scopes: Scope[] = ['monitor'],
  nowMs = 0,
  narrowing?: Narrowing,
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came back
): Promise<any> {
  const { run, output } = tool as Tool;
  const answer = JSON.parse(JSON.stringify(await run(args, contextOf(host, scopes, nowMs, narrowing))));
  const check = new Ajv2020({ strict: true, allErrors: true }).compile(output);
  assert.ok(check(answer), JSON.stringify(check.errors));
  return answer;
}
