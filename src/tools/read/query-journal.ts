/** The journal of the machine: its newest entries, or what they are about. */

import type { Static } from 'typebox';
import { cleanLine, cleanText } from '../../base/clean-text.ts';
import { Problem } from '../../base/errors.ts';
import { longestPattern } from '../../base/linear-regexp.ts';
import { parseMoment } from '../../base/moment.ts';
import { found } from '../../host/docker/container-search.ts';
import type { JournalReading, ShownEntry } from '../../host/journal.ts';
import { priorities } from '../../host/journal-entry.ts';
import { directions, type JournalQuery } from '../../host/journal-query.ts';
import { openLinePatterns } from '../../host/line-patterns.ts';
import { entriesWithheld, showsEntryOf } from '../containers.ts';
import { pattern, topPatterns } from '../line-patterns.ts';
import {
  count,
  flag,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  withheld,
  word,
} from '../schema.ts';
import { defineTool, type ToolContext } from '../tool.ts';

const entry = record({
  at: time('When it was received'),
  message: maybe(untrusted('What it says, in part where it is long; absent where it has no text', 2048)),
  cut: maybe(flag('True where the message goes on')),
  binaryBytes: maybe(count('Size of a message that is no text, bytes')),
  unit: maybe(untrusted('systemd unit', 256)),
  identifier: maybe(untrusted('Who wrote it', 256)),
  priority: maybe(word(priorities, 'Priority')),
  pid: maybe(count('Process')),
  uid: maybe(count('User')),
  container: maybe(untrusted('Name or id of its container', 256)),
});

const input = record({
  mode: maybe(word(['lines', 'patterns'], 'lines by default')),
  unit: maybe(text('Unit or glob: nginx.service, ssh*')),
  container: maybe(text('Name or id; needs docker:read')),
  identifier: maybe(text('Syslog identifier: sudo, kernel')),
  priority: maybe(word(priorities, 'This and more urgent')),
  since: maybe(text('ISO 8601, or ago: 15m, 2h, 7d', 40)),
  until: maybe(text('Like since', 40)),
  boot: maybe(count('0 this boot, -1 the one before', -1000, 0)),
  grep: maybe(text('Regular expression without lookaround', longestPattern)),
  ignoreCase: maybe(flag('A is a')),
  direction: maybe(word(directions, 'newer: forwards from cursor or since')),
  cursor: maybe(text('From an answer, to go on', 256)),
  limit: maybe(count('Most entries or patterns, default 50', 1, 500)),
});

type Args = Static<typeof input>;

const rest =
  'Call again with the `cursor` of the answer for what lies beyond, or narrow with unit, priority, since or grep.';

/** The list leaves room within the 8 KiB of an answer, so that no entry is cut off from its end. */
const listBytes = 6800;
const usualLimit = 50;
const longestMessage = 1500;
/** What is searched in one call; a cursor goes on from there. */
const mostScanned = 20_000;

export const queryJournal = defineTool({
  name: 'query_journal',
  title: 'Query the journal',
  summary:
    "Reads this machine's systemd journal. Use `mode: patterns` first to see what thousands of lines are about; then " +
    'lines for the newest matching entries. Secrets are replaced by pseudonyms.',
  scope: 'monitor',
  effect: 'read',
  unit: 'unit',
  input,
  output: record({
    host: text('The host that answers', 255),
    entries: maybe(list(entry, 'In time order', 500)),
    none: maybe(text('Why there are none', 512)),
    patterns: maybe(list(pattern, 'Most frequent first', 500)),
    scanned: count('Entries read to answer'),
    redactions: maybe(count('Secrets replaced by ‹secret:…›, the same one by the same')),
    unreadable: maybe(count('Entries too long to be read')),
    uncounted: maybe(count('Lines of still other patterns')),
    cursor: maybe(text('Give it as `cursor` for the rest, same arguments', 256)),
    followCursor: maybe(text('Give it as `cursor` with `direction` newer for what is written later', 256)),
    hidden: maybe(text('What the daemon may not read, and what would show it', 512)),
    withheld,
    truncated,
  }),
  rest,
  // A search through 20,000 entries of a large journal takes seconds.
  limits: { ms: 15_000 },
  examples: [
    { says: 'What went wrong lately?', args: { priority: 'err', limit: 20 } },
    { says: 'What does nginx keep saying?', args: { mode: 'patterns', unit: 'nginx.service' } },
    {
      says: 'Who failed to log in?',
      args: { grep: 'failed password|authentication failure', ignoreCase: true },
    },
    {
      says: 'What happened after that?',
      args: { direction: 'newer', since: '2026-01-02T03:01:01Z', limit: 5 },
    },
  ],
  async run(args, context) {
    if (args.container !== undefined) mustBeSeen(args.container, context);
    const query = queryOf(args, context.now());
    const answer = args.mode === 'patterns' ? patternsOf : linesOf;
    return { host: context.host.name, ...(await answer(query, args.limit ?? usualLimit, context)) };
  },
});

function queryOf(args: Args, nowMs: number): JournalQuery {
  const { mode: _mode, limit: _limit, since, until, ...same } = args;
  return {
    ...same,
    ...(since === undefined ? {} : { sinceMs: parseMoment('since', since, nowMs) }),
    ...(until === undefined ? {} : { untilMs: parseMoment('until', until, nowMs) }),
  };
}

/** Throws `scope_missing` for whoever sees no containers, and `not_found` where one could not even have been seen. */
function mustBeSeen(wanted: string, { host, grant }: ToolContext): void {
  if (!grant.has('docker:read')) {
    throw new Problem('scope_missing', {
      detail: 'Logs of containers need the scope docker:read.',
      hint: 'Leave `container` out, or ask the operator for a token with docker:read.',
    });
  }
  const docker = host.docker(grant);
  const shows = showsEntryOf(docker);
  if (!shows({ containerId: wanted }) && !shows({ containerName: wanted }))
    found(wanted, docker.remembered());
}

const readerOf = (query: JournalQuery, { host, grant, signal }: ToolContext) => ({
  query,
  showsContainer: showsEntryOf(host.docker(grant)),
  mostScanned,
  signal,
});

async function linesOf(query: JournalQuery, limit: number, context: ToolContext) {
  const entries: Static<typeof entry>[] = [];
  let left = listBytes;
  let redactions = 0;
  const reading = await context.host.journal.read({
    ...readerOf(query, context),
    take(found) {
      const shown = entryOf(found);
      left -= Buffer.byteLength(JSON.stringify(shown)) + 1;
      if (entries.length === limit || (left < 0 && entries.length > 0)) return false;
      entries.push(shown);
      redactions += found.redactions;
      return true;
    },
  });
  return {
    entries: query.direction === 'newer' ? entries : entries.reverse(),
    ...(entries.length === 0 && { none: whyNone(query, reading) }),
    ...followed(query, reading),
    ...factsOf(reading, redactions, context),
    ...(reading.cursor !== undefined && {
      truncated: { shown: entries.length, atLeast: entries.length, how: rest },
    }),
  };
}

async function patternsOf(query: JournalQuery, limit: number, context: ToolContext) {
  const groups = openLinePatterns();
  let redactions = 0;
  const reading = await context.host.journal.read({
    ...readerOf(query, context),
    take(found) {
      redactions += found.redactions;
      const message = `${found.identifier === undefined ? '' : `${found.identifier}: `}${found.message ?? ''}`;
      groups.add(cleanLine(message, 1024), Math.floor(found.realtimeUs / 1000));
      return true;
    },
  });
  const all = groups.top();
  const shown = topPatterns(all, limit, listBytes);
  return {
    patterns: shown,
    ...(all.length === 0 && { none: whyNone(query, reading) }),
    ...factsOf(reading, redactions, context),
    ...(groups.uncounted() > 0 && { uncounted: groups.uncounted() }),
    ...((shown.length < all.length || reading.cursor !== undefined) && {
      truncated: { shown: shown.length, atLeast: all.length, how: rest },
    }),
  };
}

/** What was read and what of it was asked for. */
function whyNone(query: JournalQuery, { scanned, ofContainers, cursor }: JournalReading): string {
  const names = [
    'unit',
    'container',
    'identifier',
    'priority',
    'sinceMs',
    'untilMs',
    'boot',
    'cursor',
  ] as const;
  const filters = names.filter((name) => query[name] !== undefined).map((name) => name.replace('Ms', ''));
  if (scanned === 0) {
    return filters.length === 0
      ? 'The journal is empty.'
      : `The journal has no entry that fits ${filters.join(', ')}.`;
  }
  if (scanned === ofContainers) return 'All entries that fit are of containers.';
  const searched = `Of ${scanned} entries that fit otherwise none matches \`grep\``;
  return cursor === undefined ? `${searched}.` : `${searched}, and there are more: go on with \`cursor\`.`;
}

const factsOf = (reading: JournalReading, redactions: number, { grant }: ToolContext) => ({
  scanned: reading.scanned,
  ...(redactions > 0 && { redactions }),
  ...(reading.unreadable > 0 && { unreadable: reading.unreadable }),
  ...(reading.cursor !== undefined && { cursor: reading.cursor }),
  ...(reading.hidden !== undefined && { hidden: reading.hidden }),
  ...(reading.ofContainers > 0 && {
    withheld: [entriesWithheld(grant, reading.ofContainers)],
  }),
});

/** Only where this answer reaches up to what is newest. */
function followed({ direction, untilMs, cursor }: JournalQuery, reading: JournalReading) {
  const isForward = direction === 'newer';
  const reachesEnd = untilMs === undefined && (isForward ? reading.cursor : cursor) === undefined;
  const newest = reading.newest ?? (isForward ? cursor : undefined);
  return reachesEnd && newest !== undefined ? { followCursor: newest } : {};
}

function entryOf(found: ShownEntry): Static<typeof entry> {
  const { at, message, binaryBytes, unit, identifier, priority, pid, uid } = found;
  const container = found.containerName ?? found.containerId;
  return {
    at,
    ...(message !== undefined && { message: cleanText(message, longestMessage) }),
    ...(message !== undefined && message.length > longestMessage && { cut: true }),
    ...(binaryBytes !== undefined && { binaryBytes }),
    ...(unit !== undefined && { unit: cleanLine(unit, 256) }),
    ...(identifier !== undefined && { identifier: cleanLine(identifier, 256) }),
    ...(priority !== undefined && { priority }),
    ...(pid !== undefined && { pid }),
    ...(uid !== undefined && { uid }),
    ...(container !== undefined && { container: cleanLine(container, 256) }),
  };
}
