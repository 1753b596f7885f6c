/** What it costs to keep and to ask the history: our ring files and node:sqlite, in turn, with the same rows. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { queryHistory } from '../../src/host/recorder-query.ts';
import { seriesNames } from '../../src/host/recorder-series.ts';
import { openPrepared } from '../host/recorded.ts';
import { stillClock } from '../still-clock.ts';
import { median, printTable } from './measure.ts';

const day = 86_400;
const settings = {
  intervalSeconds: 10,
  keepSamplesSeconds: 2 * day,
  keepMinutesSeconds: 30 * day,
  keepQuartersSeconds: 400 * day,
};
const days = 30;
const startMs = Date.UTC(2026, 0, 1);
const writes = days * 8640;
const asks = 20;

const rowAt = (n: number): Float32Array =>
  Float32Array.from(seriesNames, (_, i) => 50 + 40 * Math.sin(n / 500 + i));

/** Microseconds a row and milliseconds a query of 30 days in 60 buckets. */
interface Figures {
  readonly writeMicroseconds: number;
  readonly askMs: number;
}

const timed = (work: () => void): number => {
  const began = performance.now();
  work();
  return performance.now() - began;
};

const askedMs = (ask: () => void): number => median(Array.from({ length: asks }, () => timed(ask)));

function benchRings(folder: string): Figures {
  const clock = stillClock(startMs);
  let n = 0;
  const recorder = openPrepared({
    ...{ folder, settings, clock, values: () => rowAt(n) },
    onTrouble(message) {
      throw new Error(message);
    },
  });
  const wroteMs = timed(() => {
    for (n = 0; n < writes; n++) {
      recorder.record();
      clock.forward(10_000);
    }
  });
  const nowMs = clock.now();
  const askMs = askedMs(() => {
    queryHistory({
      ...{ folder, settings, series: [0, 5, 8], mostBuckets: 60 },
      ...{ sinceMs: startMs, untilMs: nowMs, nowMs },
    });
  });
  recorder.close();
  return { writeMicroseconds: (wroteMs * 1000) / writes, askMs };
}

/** A minute's row each, as much as 30 days of minutes are, one transaction a row as a recorder has to. */
function benchSqlite(folder: string): Figures {
  const database = new DatabaseSync(join(folder, 'history.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  database.exec(
    `CREATE TABLE rows (at INTEGER PRIMARY KEY, ${seriesNames.map((_, i) => `s${i} REAL`).join(', ')})`,
  );
  const insert = database.prepare(`INSERT INTO rows VALUES (?${', ?'.repeat(seriesNames.length)})`);
  const rows = writes / 6;
  const wroteMs = timed(() => {
    for (let n = 0; n < rows; n++) insert.run(startMs / 1000 + n * 60, ...rowAt(n * 6));
  });
  const columns = [0, 5, 8].map((i) => `min(s${i}), avg(s${i}), max(s${i})`).join(', ');
  const select = database.prepare(`SELECT at / 43200 AS bucket, ${columns} FROM rows GROUP BY bucket`);
  const askMs = askedMs(() => void select.all());
  database.close();
  return { writeMicroseconds: (wroteMs * 1000) / rows, askMs };
}

export function benchRecorder(rounds: number): void {
  const ours: Figures[] = [];
  const sqlite: Figures[] = [];
  const within = (bench: (folder: string) => Figures): Figures => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-history-'));
    try {
      return bench(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  for (let round = 0; round < rounds; round++) {
    ours.push(within(benchRings));
    sqlite.push(within(benchSqlite));
  }
  const of = (figures: readonly Figures[], which: keyof Figures) => median(figures.map((one) => one[which]));
  const line = (what: string, which: keyof Figures, unit: string, aim: string) => {
    const [our, theirs] = [of(ours, which), of(sqlite, which)];
    return [
      what,
      `${our.toFixed(1)} ${unit}`,
      `${theirs.toFixed(1)} ${unit}`,
      (our / theirs).toFixed(2),
      aim,
    ];
  };
  printTable(
    `History of ${seriesNames.length} metrics (median of ${rounds})`,
    ['', 'ring files', 'node:sqlite', 'ratio', 'aim'],
    [
      line('a row, coarser rows included', 'writeMicroseconds', 'µs', '≤ 10 µs'),
      line('30 days in 60 buckets, 3 metrics', 'askMs', 'ms', '≤ 10 ms'),
    ],
  );
}
