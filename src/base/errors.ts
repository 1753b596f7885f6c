/**
 * Every way in which a request or a start can fail, as one table, and `Problem`, the one exception that
 * carries such a failure. It knows nothing of HTTP, MCP or callers beyond the numbers and words in the table.
 */

/** Where a failure belongs; part of every error answer. */
export type ErrorCategory =
  | 'SYSTEM_ERROR'
  | 'AUTH_ERROR'
  | 'PERMISSION_ERROR'
  | 'VALIDATION_ERROR'
  | 'NOT_FOUND'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'RATE_LIMITED'
  | 'CONFIG_ERROR'
  | 'INTERNAL';

/** Who can mend it. */
export type Mender = 'caller' | 'operator' | 'host' | 'us';

/** Whether the same request can succeed unchanged: `never`, `later`, or `after` the time the answer names. */
export type Retry = 'never' | 'later' | 'after';

export interface ErrorKind {
  /** HTTP status of an answer that fails so (RFC 9110). */
  readonly status: number;
  readonly category: ErrorCategory;
  readonly mender: Mender;
  readonly retry: Retry;
  /** What the code means, for the documentation and as the message where nothing more is known. */
  readonly sentence: string;
}

const kind = (
  status: number,
  category: ErrorCategory,
  mender: Mender,
  retry: Retry,
  sentence: string,
): ErrorKind => Object.freeze({ status, category, mender, retry, sentence });

/** The stable codes. A code is never renamed; what it says may grow clearer. */
export const errors = Object.freeze({
  token_missing: kind(401, 'AUTH_ERROR', 'caller', 'never', 'This request needs a bearer token.'),
  token_invalid: kind(401, 'AUTH_ERROR', 'caller', 'never', 'The token is not one of this daemon.'),
  token_expired: kind(401, 'AUTH_ERROR', 'caller', 'never', 'The token has expired.'),
  token_not_yet_valid: kind(401, 'AUTH_ERROR', 'caller', 'later', 'The token is dated in the future.'),
  token_revoked: kind(401, 'AUTH_ERROR', 'caller', 'never', 'The token was revoked.'),
  token_misplaced: kind(
    400,
    'AUTH_ERROR',
    'caller',
    'never',
    'A token belongs in the Authorization header and nowhere else.',
  ),
  auth_throttled: kind(
    429,
    'RATE_LIMITED',
    'caller',
    'after',
    'Too many refused tokens came from this source.',
  ),
  scope_missing: kind(403, 'PERMISSION_ERROR', 'operator', 'never', 'The token lacks the scope.'),
  path_refused: kind(403, 'PERMISSION_ERROR', 'operator', 'never', 'The path is not one that may be seen.'),
  container_refused: kind(
    403,
    'PERMISSION_ERROR',
    'operator',
    'never',
    'The container is not to be changed.',
  ),
  host_refused: kind(403, 'PERMISSION_ERROR', 'operator', 'never', 'The Host header names another host.'),
  origin_refused: kind(403, 'PERMISSION_ERROR', 'operator', 'never', 'The Origin header names another site.'),
  funnel_refused: kind(
    403,
    'PERMISSION_ERROR',
    'operator',
    'never',
    'The request comes from the open internet.',
  ),
  arguments_invalid: kind(400, 'VALIDATION_ERROR', 'caller', 'never', 'An argument breaks a rule.'),
  body_malformed: kind(400, 'VALIDATION_ERROR', 'caller', 'never', 'The body is not the JSON expected.'),
  body_too_large: kind(413, 'VALIDATION_ERROR', 'caller', 'never', 'The body is larger than the limit.'),
  media_type_refused: kind(
    415,
    'VALIDATION_ERROR',
    'caller',
    'never',
    'The body must be sent as application/json.',
  ),
  method_refused: kind(405, 'VALIDATION_ERROR', 'caller', 'never', 'The route does not take this method.'),
  route_unknown: kind(404, 'NOT_FOUND', 'caller', 'never', 'There is no such route.'),
  tool_unknown: kind(404, 'NOT_FOUND', 'caller', 'never', 'There is no such tool.'),
  session_unknown: kind(404, 'NOT_FOUND', 'caller', 'never', 'There is no such session.'),
  not_found: kind(404, 'NOT_FOUND', 'caller', 'never', 'What was asked for does not exist here.'),
  rate_limited: kind(429, 'RATE_LIMITED', 'caller', 'after', 'This caller has used up its calls.'),
  sessions_full: kind(429, 'RATE_LIMITED', 'caller', 'later', 'This caller has too many busy sessions.'),
  busy: kind(503, 'UNAVAILABLE', 'caller', 'later', 'Too many calls are waiting.'),
  draining: kind(503, 'UNAVAILABLE', 'caller', 'later', 'The daemon is stopping; connect again.'),
  unavailable: kind(503, 'UNAVAILABLE', 'host', 'later', 'This host cannot answer that now.'),
  permission_denied: kind(
    503,
    'UNAVAILABLE',
    'operator',
    'never',
    'The daemon may not read what the answer needs.',
  ),
  deadline_exceeded: kind(504, 'TIMEOUT', 'host', 'later', 'The answer took longer than its limit.'),
  cancelled: kind(499, 'TIMEOUT', 'caller', 'later', 'The caller cancelled the call.'),
  audit_unwritable: kind(
    503,
    'SYSTEM_ERROR',
    'operator',
    'later',
    'The audit record cannot be written, so nothing was changed.',
  ),
  config_invalid: kind(500, 'CONFIG_ERROR', 'operator', 'never', 'The configuration breaks a rule.'),
  usage_invalid: kind(400, 'VALIDATION_ERROR', 'caller', 'never', 'The command line breaks a rule.'),
  start_failed: kind(500, 'SYSTEM_ERROR', 'operator', 'never', 'The daemon cannot start.'),
  internal: kind(500, 'INTERNAL', 'us', 'later', 'The daemon failed to answer; its log says why.'),
});

export type ErrorCode = keyof typeof errors;

export interface ProblemWords {
  /** What is wrong, for anybody to read: no path, secret or stack that the caller may not know. */
  readonly detail?: string;
  /** What would be valid and what to do next, equally safe to show. */
  readonly hint?: string;
  /** What happened underneath. Goes to the log only. */
  readonly cause?: unknown;
  /** For `retry: 'after'`: whole seconds until the same request can succeed. */
  readonly retryAfterSeconds?: number;
}

/** A failure from the table. The only exception that a floor throws on purpose. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, words: ProblemWords = {}) {
    const detail = words.detail ?? errors[code].sentence;
    super(detail, words.cause === undefined ? {} : { cause: words.cause });
    this.name = 'Problem';
    this.code = code;
    this.detail = detail;
    this.hint = words.hint;
    this.retryAfterSeconds = words.retryAfterSeconds;
  }

  get kind(): ErrorKind {
    return errors[this.code];
  }
}

/** Whatever was thrown, as a Problem: what is not one already is `internal`, its own words kept for the log. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('internal', { cause: thrown });
}

/** The `code` of a Node.js system error (`ENOENT`, `EACCES`, …), or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}
