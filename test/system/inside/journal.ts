/** The journal against journalctl: run inside a machine that systemd runs. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { type HostHandle, openHost } from '../../../src/host/host.ts';
import type { JournalQuery } from '../../../src/host/journal-query.ts';

let host: HostHandle;
before(async () => {
  host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
});
after(() => host?.close());

/** So many entries, for more are written meanwhile. */
const wanted = 200;

interface Told {
  readonly cursor: string;
  readonly realtimeUs: number;
  readonly message: string | undefined;
}

async function ours(query: JournalQuery): Promise<readonly Told[]> {
  const entries: Told[] = [];
  await host.journal.read({
    ...{ query, showsContainer: () => true, mostScanned: 20_000 },
    take({ cursor, realtimeUs, message }) {
      if (entries.length === wanted) return false;
      entries.push({ cursor, realtimeUs, message });
      return true;
    },
  });
  return entries;
}

function theirs(...args: readonly string[]): readonly Told[] {
  const said = execFileSync('journalctl', ['--quiet', '--all', '--output=json', ...args], {
    ...{ encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' }, maxBuffer: 256 * 1024 * 1024 },
  });
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ __CURSOR, __REALTIME_TIMESTAMP, MESSAGE }) => ({
      cursor: __CURSOR,
      realtimeUs: Number(__REALTIME_TIMESTAMP),
      message: MESSAGE,
    }));
}

const placesOf = (told: readonly Told[]) => told.map(({ cursor, realtimeUs }) => `${realtimeUs} ${cursor}`);

test('from the start of this boot on the entries are those of journalctl', async () => {
  const found = await ours({ direction: 'newer', boot: 0 });
  assert.equal(found.length, wanted);
  assert.deepEqual(placesOf(found), placesOf(theirs('--boot=0').slice(0, wanted)));
});

test('of a unit they are those of journalctl, with what systemd says of it', async () => {
  const found = await ours({ direction: 'newer', unit: 'systemd-journald.service', boot: 0 });
  const said = theirs('--boot=0', '--unit=systemd-journald.service');
  assert.ok(found.length > 0);
  assert.deepEqual(placesOf(found), placesOf(said.slice(0, found.length)));
});

test('a pattern finds what is in the messages of journalctl', async () => {
  const found = await ours({ direction: 'newer', grep: '^STARTED ', ignoreCase: true, boot: 0 });
  const said = theirs('--boot=0').filter(({ message }) => /^started /i.test(String(message)));
  assert.ok(found.length > 0);
  assert.deepEqual(placesOf(found), placesOf(said.slice(0, found.length)));
});

test('backwards the newest before a moment comes first', async () => {
  const all = theirs('--boot=0');
  const untilMs = Math.floor((all[100]?.realtimeUs ?? 0) / 1000);
  const found = await ours({ boot: 0, untilMs });
  const said = all.filter(({ realtimeUs }) => realtimeUs <= untilMs * 1000).reverse();
  assert.deepEqual(placesOf(found), placesOf(said.slice(0, wanted)));
});
