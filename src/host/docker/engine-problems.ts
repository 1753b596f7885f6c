/** What keeps the engine from answering, each as its own Problem that names the mend. */

import { statSync } from 'node:fs';
import { cleanLine } from '../../base/clean-text.ts';
import { errnoOf, Problem } from '../../base/errors.ts';
import { redactText } from '../../base/secrets.ts';
import { textOf } from '../machine-facts.ts';
import { newestApi, oldestApi } from './engine-versions.ts';

/** What the engine answered instead of doing it. */
export class Refusal extends Error {
  readonly status: number;
  readonly said: string;

  constructor(status: number, said: string) {
    super(`HTTP ${status}: ${said}`);
    this.status = status;
    this.said = said;
  }
}

export const mayHaveHappened =
  'It may have happened nevertheless: look with get_container before you try again.';

const words = (message: string): string => cleanLine(redactText(message).text, 300).trim();

/** Errors under which nothing was sent: the connection did not come about. */
const notSent = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM', 'ENOTSOCK', 'ENOTDIR', 'EPROTOTYPE']);

export const wasSent = (thrown: unknown): boolean => !notSent.has(errnoOf(thrown) ?? '');

/**
 * An error of the connection in our words.
 * @param changes whether the call changes something, so that it matters whether it was sent
 */
export function connectionProblem(thrown: unknown, socketPath: string, changes: boolean): Problem {
  const code = errnoOf(thrown);
  if (code === 'ENOENT' || code === 'ENOTDIR') return absent(socketPath, thrown);
  if (code === 'ECONNREFUSED') {
    return new Problem('unavailable', {
      detail: `The Docker engine is stopped: nothing listens on ${socketPath}.`,
      hint: 'The operator starts it by `systemctl start docker.socket docker.service`.',
      cause: thrown,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') return denied(socketPath, thrown);
  if (code === 'ENOTSOCK' || code === 'EPROTOTYPE') {
    return new Problem('unavailable', {
      detail: `${socketPath} is no socket of a Docker engine.`,
      hint: 'The operator sets docker.socket_path.',
      cause: thrown,
    });
  }
  return new Problem('unavailable', {
    detail: 'The Docker engine ended the connection: it is stopping or restarting.',
    hint: changes ? mayHaveHappened : 'Try again in some seconds; `systemctl status docker` says more.',
    cause: thrown,
  });
}

const absent = (socketPath: string, cause: unknown): Problem =>
  new Problem('unavailable', {
    detail: `There is no Docker engine here: ${socketPath} does not exist.`,
    hint: 'The operator starts docker.socket and docker.service, or sets docker.socket_path.',
    cause,
  });

function denied(socketPath: string, cause: unknown): Problem {
  const group = groupOf(socketPath);
  return new Problem('permission_denied', {
    detail: `This daemon may not speak to the Docker engine: ${socketPath} is open to the group ${group} alone.`,
    hint: `The operator adds that group by the drop-in docker.conf of systemmanager-mcp.service. It equals root.`,
    cause,
  });
}

/** The name of the group that the socket belongs to, or its number. */
function groupOf(socketPath: string): string {
  try {
    const { gid } = statSync(socketPath);
    return (
      new RegExp(`^([^:\\n]+):[^:\\n]*:${gid}:`, 'm').exec(textOf('/etc/group') ?? '')?.[1] ?? String(gid)
    );
  } catch {
    return 'docker';
  }
}

export const hung = (deadlineMs: number, changes: boolean): Problem =>
  new Problem('deadline_exceeded', {
    detail: `The Docker engine took the connection and did not answer within ${deadlineMs / 1000} s.`,
    hint: changes
      ? mayHaveHappened
      : 'Try again later. If it stays so, the operator looks with `systemctl status docker` and restarts docker.service.',
  });

export const unreadable = (cause: unknown): Problem =>
  new Problem('unavailable', {
    detail: 'What answers on the socket of the Docker engine does not speak as one.',
    hint: 'The operator checks docker.socket_path.',
    cause,
  });

export const tooOld = (version: string): Problem =>
  new Problem('unavailable', {
    detail: `The Docker engine speaks version ${words(version)} of its API; ${oldestApi} (Docker 20.10) is the oldest that is understood here.`,
    hint: 'The operator updates Docker.',
  });

export const tooNew = (oldest: string): Problem =>
  new Problem('unavailable', {
    detail: `The Docker engine takes no version of its API below ${words(oldest)}; ${newestApi} is the newest that is understood here.`,
    hint: 'The operator updates systemmanager-mcp.',
  });

/** An answer of the engine that is a refusal. */
export function refusal(status: number, body: string, changes: boolean): Problem {
  const said = words(messageIn(body));
  const cause = new Refusal(status, said);
  if (status === 404) return new Problem('not_found', { detail: `Docker says: ${said}.`, cause });
  if (status === 400) {
    return new Problem('arguments_invalid', { detail: `Docker refuses it: ${said}.`, cause });
  }
  if (status === 409) {
    return new Problem('arguments_invalid', {
      detail: `Docker refuses it in this state: ${said}.`,
      hint: 'get_container says what state that is.',
      cause,
    });
  }
  if (status === 503) {
    return new Problem('unavailable', {
      detail: `The Docker engine is not ready: ${said}.`,
      hint: 'It is starting or stopping; try again in some seconds.',
      cause,
    });
  }
  return new Problem('unavailable', {
    detail: `The Docker engine failed (HTTP ${status}): ${said}.`,
    hint: changes ? mayHaveHappened : '`journalctl -u docker` says more.',
    cause,
  });
}

/** The engine says `{"message": "…"}`. */
export function messageIn(body: string): string {
  try {
    const said: unknown = JSON.parse(body);
    const message = typeof said === 'object' && said !== null && 'message' in said ? said.message : undefined;
    return typeof message === 'string' ? message.replace(/\.$/, '') : body;
  } catch {
    return body;
  }
}
