/** The log of one container: its newest lines, or what they are about. */

import type { Static } from 'typebox';
import { fitting } from '../../base/fitting.ts';
import { longestPattern } from '../../base/linear-regexp.ts';
import { parseMoment } from '../../base/moment.ts';
import type { LogLine, LogQuery, LogReading } from '../../host/docker/container-logs.ts';
import { positionOf } from '../../host/docker/log-position.ts';
import { openLinePatterns } from '../../host/line-patterns.ts';
import { pattern, topPatterns } from '../line-patterns.ts';
import { count, flag, list, maybe, record, text, time, truncated, untrusted, word } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const line = record({
  at: time('When it was written'),
  stderr: maybe(flag('True where it went to stderr')),
  text: untrusted('The line', 2048),
  cut: maybe(flag('True where it goes on')),
});

const input = record({
  container: text('Name, id or the beginning of an id', 255),
  mode: maybe(word(['lines', 'patterns'], 'lines by default')),
  stream: maybe(word(['stdout', 'stderr'], 'Both if absent')),
  since: maybe(text('ISO 8601, or ago: 15m, 2h, 7d', 40)),
  until: maybe(text('Like since', 40)),
  grep: maybe(text('Case-sensitive regular expression, no lookaround', longestPattern)),
  limit: maybe(count('Most lines or patterns, default 50', 1, 500)),
  cursor: maybe(text('From an answer: older lines', 64)),
  detail: maybe(word(['concise', 'detailed'], 'At most 8 KiB (if absent) or 64 KiB')),
});

const rest =
  'Call again with the `cursor` of the answer for what is older, `detail: detailed` for more at once, or narrow with since, stream or grep.';

const usualLimit = 50;
/** What is searched in one call; a cursor goes on from there. */
const mostScanned = 20_000;
/** What the other members of an answer leave of 8 KiB and of 64 KiB. */
const listBytes = { concise: usualAnswerBytes, detailed: 60_000 } as const;

export const getContainerLogs = defineTool({
  name: 'get_container_logs',
  title: "A container's log",
  summary:
    'What a Docker container wrote: its newest lines, oldest of them first. `mode: patterns` groups up to 20,000 lines ' +
    'by what they are about: use it first on a busy log. Secrets are replaced by pseudonyms.',
  scope: 'docker:read',
  effect: 'read',
  input,
  output: record({
    host: text('The host that answers', 255),
    container: untrusted('Its name', 255),
    lines: maybe(list(line, 'The newest, in time order', 500)),
    patterns: maybe(list(pattern, 'Most frequent first', 500)),
    scanned: count('Lines read to answer'),
    redactions: maybe(count('Secrets replaced by ‹secret:…›')),
    cursor: maybe(text('Give it as `cursor` for older lines', 64)),
    truncated,
  }),
  rest,
  // A search through a log of some gigabytes takes seconds.
  limits: { ms: 15_000 },
  examples: [
    { says: 'What did the web server write last?', args: { container: 'shop-web-1', limit: 3 } },
    { says: 'What does the database keep saying?', args: { container: 'shop-db-1', mode: 'patterns' } },
    { says: 'Which requests failed?', args: { container: 'shop-web-1', grep: '" 5\\d\\d ' } },
  ],
  async run(args, { host, grant, signal, now }) {
    const { container, mode, limit = usualLimit, detail = 'concise' } = args;
    const { name, ...reading } = await host.docker(grant).logs(container, queryOf(args, now()), signal);
    const answer = mode === 'patterns' ? patternsOf : linesOf;
    return { host: host.name, container: name, ...answer(reading, limit, listBytes[detail]) };
  },
});

function queryOf(
  { mode, limit = usualLimit, since, until, cursor, stream, grep }: Args,
  nowMs: number,
): LogQuery {
  return {
    keep: mode === 'patterns' ? mostScanned : limit,
    mostScanned,
    ...(stream === undefined ? {} : { stream }),
    ...(grep === undefined ? {} : { grep }),
    ...(since === undefined ? {} : { sinceMs: parseMoment('since', since, nowMs) }),
    ...(until === undefined ? {} : { untilMs: parseMoment('until', until, nowMs) }),
    ...(cursor === undefined ? {} : { before: positionOf(cursor) }),
  };
}

type Args = Static<typeof input>;

const redactionsIn = (lines: readonly LogLine[]): number =>
  lines.reduce((sum, { redactions }) => sum + redactions, 0);

function linesOf({ lines, scanned, cursor }: LogReading, limit: number, mostBytes: number) {
  const wanted = lines.slice(-limit);
  const shown = fitting(wanted.toReversed().map(rowOf), mostBytes).reverse();
  const first = wanted[wanted.length - shown.length];
  // What did not fit is older than what did.
  const older = shown.length < lines.length ? first?.cursor : cursor;
  const redactions = redactionsIn(wanted.slice(wanted.length - shown.length));
  return {
    lines: shown,
    scanned,
    ...(redactions > 0 && { redactions }),
    ...(older !== undefined && {
      cursor: older,
      truncated: { shown: shown.length, atLeast: shown.length, how: rest },
    }),
  };
}

function patternsOf({ lines, scanned, cursor }: LogReading, limit: number, mostBytes: number) {
  const groups = openLinePatterns();
  for (const { text: words, at } of lines) groups.add(words, Date.parse(at));
  const all = groups.top();
  const patterns = topPatterns(all, limit, mostBytes);
  const redactions = redactionsIn(lines);
  return {
    patterns,
    scanned,
    ...(redactions > 0 && { redactions }),
    ...(cursor !== undefined && { cursor }),
    ...((patterns.length < all.length || cursor !== undefined) && {
      truncated: { shown: patterns.length, atLeast: all.length, how: rest },
    }),
  };
}

const rowOf = ({ at, stream, text: words, cut }: LogLine): Static<typeof line> => ({
  at,
  ...(stream === 'stderr' && { stderr: true }),
  text: words,
  ...(cut && { cut }),
});
