/** What the engine's events say that matters here, and what their end means. */

import { Problem } from '../../base/errors.ts';
import { at, textAt } from './fields.ts';

/** A health check runs by `exec` every some seconds, and changes nothing that is kept. */
const says = (action: string): boolean =>
  !action.startsWith('exec_') && action !== 'top' && action !== 'attach';

export const ended = (cause: unknown): Problem =>
  cause instanceof Problem
    ? cause
    : new Problem('unavailable', {
        detail: 'The Docker engine ended the connection: it is stopping or restarting.',
        hint: 'Try again in some seconds; `systemctl status docker` says more.',
        cause,
      });

/** The id of the container that an event is about; of a network's the one that was connected or disconnected. */
export function subjectOf(line: string): string | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  const type = textAt(event, 'Type');
  if (!says(textAt(event, 'Action') ?? 'exec_')) return undefined;
  if (type === 'container') return textAt(event, 'Actor', 'ID') ?? textAt(event, 'id');
  return type === 'network' ? textAt(at(event, 'Actor', 'Attributes'), 'container') : undefined;
}
