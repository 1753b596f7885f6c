/** `call`: one tool over the daemon's Unix socket, as a table for a person and as JSON for a program. */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { userInfo } from 'node:os';
import type { Scope } from '../auth/scopes.ts';
import { mintToken } from '../auth/token.ts';
import { systemClock } from '../base/clock.ts';
import { errnoOf, Problem } from '../base/errors.ts';
import { loadConfig } from '../config/load.ts';
import type { Places } from '../config/places.ts';
import { eachWord } from '../dispatch/authorize.ts';
import type { Tool } from '../tools/tool.ts';
import { argsFromPairs } from '../transport/http/query.ts';
import { textOf, textsOf, type Values } from './command.ts';
import { renderText } from './render.ts';
import { keysForMinting } from './token.ts';
import { toolNamed } from './tools.ts';
import { runningPlaces, socketIn } from './where.ts';

export async function call(values: Values, [name]: readonly string[]): Promise<number> {
  if (name === undefined) {
    throw new Problem('usage_invalid', { detail: 'TOOL is missing.', hint: 'See systemmanager-mcp tools.' });
  }
  const tool = toolNamed(name);
  const places = runningPlaces(values);
  const socket = textOf(values, 'socket') ?? socketIn(places);
  const token = tokenFor(values, tool, places);
  const { status, body } = await post(socket, `/tools/${name}`, token, JSON.stringify(argsOf(values, tool)));
  const answer = parseAnswer(body, status);
  if (!answer.success) {
    const { message, hint, code, correlationId } = answer.error;
    console.error([message, hint, `(${code}, correlation id ${correlationId})`].filter(Boolean).join('\n'));
    return 1;
  }
  const asText = process.stdout.isTTY && values['json'] !== true;
  console.log(asText ? renderText(answer.data).join('\n') : JSON.stringify(answer.data, null, 2));
  return 0;
}

function argsOf(values: Values, tool: Tool): unknown {
  const json = textOf(values, 'args');
  const pairs = textsOf(values, 'arg').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Problem('usage_invalid', { detail: `'--arg ${pair}' is not NAME=VALUE.` });
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  const given = argsFromPairs(tool.input.properties, pairs);
  if (json === undefined) return given;
  try {
    return { ...JSON.parse(json), ...given };
  } catch (cause) {
    throw new Problem('usage_invalid', { detail: '--args is not valid JSON.', cause });
  }
}

const minuteSeconds = 60;

function tokenFor(values: Values, tool: Tool, places: Places): string {
  const file = textOf(values, 'token-file');
  if (file !== undefined) return readTokenFile(file);
  const { config } = loadConfig({ places });
  const scopes = [...new Set(eachWord(tool.scope))].filter((scope): scope is Scope => scope !== 'any');
  return mintToken(
    keysForMinting(places).current,
    {
      agent: userInfo().username,
      scopes: scopes.length === 0 ? ['monitor'] : scopes,
      ttlSeconds: minuteSeconds,
    },
    systemClock,
    config.security.max_token_age,
  ).token;
}

/** Throws `usage_invalid` for a file that others can read: a token in it is no longer a secret. */
function readTokenFile(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw new Problem('usage_invalid', { detail: `${file} cannot be read (${errnoOf(cause)}).`, cause });
  }
  try {
    const { mode } = fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new Problem('usage_invalid', {
        detail: `${file} can be read by others (mode ${(mode & 0o777).toString(8)}).`,
        hint: `chmod 600 ${file}, and mint a new token if others may have seen this one.`,
      });
    }
    return readFileSync(fd, 'utf8').trim();
  } finally {
    closeSync(fd);
  }
}

type ToolAnswer =
  | { success: true; data: Record<string, unknown> }
  | { success: false; error: { code: string; message: string; hint?: string; correlationId: string } };

function parseAnswer(body: string, status: number): ToolAnswer {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Problem('unavailable', { detail: `The socket answered ${status} and no JSON.`, cause });
  }
}

function post(
  socketPath: string,
  path: string,
  token: string,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        path,
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Host: 'localhost' },
        timeout: 120_000,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
        answer.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in two minutes')));
    outgoing.on('error', (cause) => reject(unreachable(socketPath, cause)));
    outgoing.end(body);
  });
}

function unreachable(socket: string, cause: unknown): Problem {
  const code = errnoOf(cause);
  const hint =
    code === 'EACCES'
      ? 'Ask the operator to add you to the group systemmanager-clients.'
      : 'Start the daemon: systemctl start systemmanager-mcp.socket, or systemmanager-mcp serve.';
  return new Problem('unavailable', {
    detail: `Nothing answers on ${socket} (${code ?? cause}).`,
    hint,
    cause,
  });
}
