/** How the machine fared over hours, days and months. */

import { parseDuration } from '../../base/duration.ts';
import { Problem } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import { seriesNames } from '../../host/recorder-series.ts';
import { amount, count, list, maybe, record, text, time, truncated, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const mostMetrics = 12;
const mostBuckets = 500;

/** Buckets times metrics, so that the answer stays below its limit. */
const mostPoints = 1500;
const mostGaps = 50;

const numbers = (description: string) => list(amount('In the unit of the metric'), description, mostBuckets);

const run = record({
  from: time('Of the first bucket; each other begins bucketSeconds after the one before'),
  mean: numbers('Mean of each bucket'),
  min: maybe(numbers('Least of each bucket; absent, as max, where each is one sample')),
  max: maybe(numbers('Most of each bucket')),
});

const metricHistory = record({
  metric: text('Name', 64),
  unit: word(['percent', 'tasks', 'bytes', 'bytes per second', 'processes'], 'Of its numbers'),
  runs: list(run, 'Oldest first; between two runs there is no value', mostBuckets),
});

const gap = record({ from: time('Its begin'), until: time('Its end') });
const rest = 'Ask for a shorter time, fewer metrics or fewer `buckets`.';

const relativeOrIso = (what: string) =>
  text(`${what}: how long ago (30m, 2h, 7d) or ISO 8601 (2026-01-31T08:00:00Z)`, 40);

export const getMetricsHistory = defineTool({
  name: 'get_metrics_history',
  title: 'Metrics history',
  summary:
    'Recorded metrics over a window of up to months: minimum, mean and maximum by bucket, several metrics at once, ' +
    'gaps as gaps. For "since when", "how often", "is it growing". Use get_system_status for now.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    metrics: list(text('Name of a metric', 64), `Some of: ${seriesNames.join(', ')}`, mostMetrics),
    since: maybe(relativeOrIso('Begin, default 1h')),
    until: maybe(relativeOrIso('End, default now')),
    buckets: maybe(count(`At most so many a metric, default 60; ${mostPoints} in all`, 1, mostBuckets)),
  }),
  output: record({
    host: text('The host that answers', 255),
    from: time('Begin of the first bucket'),
    until: time('End of the last bucket'),
    bucketSeconds: count('Length of a bucket, seconds'),
    rowSeconds: count('Length of a recorded row, of which buckets are made, seconds'),
    series: list(metricHistory, 'In the order asked for', mostMetrics),
    gaps: list(gap, 'When nothing was recorded', mostGaps),
    unavailable: list(
      record({ metric: text('Name', 64), reason: text('Why') }),
      'Metrics without any value in all this time',
      mostMetrics,
    ),
    truncated,
  }),
  rest,
  // The caller chooses the size by `buckets`; what is asked for by default stays within the usual 8 KiB.
  limits: { bytes: 64 * 1024 },
  examples: [
    { says: 'How busy was the CPU in the last hour?', args: { metrics: ['cpu_used_percent'], buckets: 12 } },
    {
      says: 'Did memory or swap grow since yesterday?',
      args: { metrics: ['memory_used_percent', 'swap_used_bytes'], since: '1d', buckets: 24 },
    },
  ],
  async run({ metrics, since = '1h', until, buckets = 60 }, { host, now }) {
    if (metrics.length === 0) throw invalid('`metrics` is empty', 'Name at least one metric.');
    const window = windowOf(since, until, now());
    const most = Math.max(1, Math.min(buckets, Math.floor(mostPoints / metrics.length)));
    const history = await host.history.query({ metrics, ...window, mostBuckets: most });
    const gaps = history.gaps.slice(0, mostGaps);
    return {
      host: host.name,
      ...history,
      gaps,
      ...(gaps.length < history.gaps.length && {
        truncated: { shown: gaps.length, total: history.gaps.length, how: rest },
      }),
    };
  },
});

function windowOf(since: string, until: string | undefined, nowMs: number) {
  const sinceMs = timeOf('since', since, nowMs);
  const untilMs = until === undefined ? nowMs : timeOf('until', until, nowMs);
  if (sinceMs >= Math.min(untilMs, nowMs)) {
    throw invalid('`since` is not before `until` and now', 'Give a `since` further back.');
  }
  return { sinceMs, untilMs: Math.min(untilMs, nowMs) };
}

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

function timeOf(name: string, words: string, nowMs: number): number {
  const ago = parseDuration(words);
  const at = ago === undefined ? (iso.test(words) ? Date.parse(words) : Number.NaN) : nowMs - ago * 1000;
  // Rows are numbered from the epoch on.
  if (at >= 0) return at;
  throw invalid(
    `\`${name}\` is ${quote(words)}, which is no time`,
    'Say how long ago (90s, 30m, 2h, 7d) or an ISO 8601 time with its zone (2026-01-31T08:00:00Z).',
  );
}

const invalid = (what: string, hint: string): Problem =>
  new Problem('arguments_invalid', { detail: `get_metrics_history: ${what}.`, hint });
