import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemPrograms } from '../../src/base/run-program.ts';
import { type Journal, type JournalReading, openJournal, type ShownEntry } from '../../src/host/journal.ts';
import type { JournalQuery } from '../../src/host/journal-query.ts';
import { type Played, playing } from './recorded-journal.ts';

const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const writer = ['/usr/lib/systemd/systemd-journal-remote', '/lib/systemd/systemd-journal-remote'].find(
  (file) => existsSync(file),
);
const skip = writer === undefined ? 'systemd-journal-remote is not installed' : false;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  mkdirSync(join(folder, 'empty'));
  if (writer === undefined) return;
  execFileSync(writer, ['-o', join(folder, 'system.journal'), '-'], { input: exported(60), stdio: 'pipe' });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** In the journal export format: one entry a second, every tenth of two lines, every sixth no text. */
function exported(entries: number): Buffer {
  const parts: Buffer[] = [];
  const binary = (value: Buffer): Buffer => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(value.length));
    return Buffer.concat([Buffer.from('MESSAGE\n'), size, value, Buffer.from('\n')]);
  };
  for (let i = 0; i < entries; i++) {
    const us = startMs * 1000 + i * 1_000_000;
    const head = `__REALTIME_TIMESTAMP=${us}\n__MONOTONIC_TIMESTAMP=${(i + 1) * 1_000_000}\n_BOOT_ID=${'0123456789abcdef'.repeat(2)}\nPRIORITY=${i % 8}\n_SYSTEMD_UNIT=${i % 2 === 0 ? 'even' : 'odd'}.service\nSYSLOG_IDENTIFIER=app\n_PID=${i}\n`;
    parts.push(Buffer.from(head));
    if (i % 10 === 3) parts.push(binary(Buffer.from(`line ${i}\nand more`)));
    else if (i % 6 === 5) parts.push(binary(Buffer.from([0, 255, i])));
    else parts.push(Buffer.from(`MESSAGE=line ${i}\n`));
    parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

interface Read {
  readonly reading: JournalReading;
  readonly entries: readonly ShownEntry[];
}

async function read(
  journal: Journal,
  query: JournalQuery = {},
  limit = 1000,
  mostScanned = 1000,
): Promise<Read> {
  const entries: ShownEntry[] = [];
  const reading = await journal.read({
    query,
    showsContainer: () => false,
    mostScanned,
    take: (entry) => entries.length < limit && entries.push(entry) > 0,
  });
  return { reading, entries };
}

const real = (): Journal => openJournal({ programs: systemPrograms, clock: systemClock, directory: folder });
const pids = ({ entries }: Read) => entries.map(({ pid }) => pid);

test('a real journal is read newest first, binary and of several lines', { skip }, async () => {
  const all = await read(real());
  assert.deepEqual(
    pids(all),
    Array.from({ length: 60 }, (_, i) => 59 - i),
  );
  const of = (pid: number) => all.entries.find((entry) => entry.pid === pid);
  assert.equal(of(3)?.message, 'line 3\nand more');
  assert.equal(of(5)?.binaryBytes, 3);
  assert.equal(of(0)?.at, '2026-01-02T03:04:05.000Z');
  assert.equal('cursor' in all.reading, false);
});

test('the cursor goes on where the answer ended, without gap or repetition', { skip }, async () => {
  const first = await read(real(), {}, 3);
  assert.deepEqual(pids(first), [59, 58, 57]);
  const second = await read(real(), { cursor: first.reading.cursor ?? '' }, 3);
  assert.deepEqual(pids(second), [56, 55, 54]);
});

test('filters reach journalctl', { skip }, async () => {
  const query = {
    unit: 'odd.service',
    priority: 'err',
    sinceMs: startMs + 9000,
    untilMs: startMs + 20_000,
  } as const;
  assert.deepEqual(pids(await read(real(), query)), [19, 17, 11, 9]);
});

test('since holds behind a cursor, too', { skip }, async () => {
  const first = await read(real(), {}, 3);
  const query = { cursor: first.reading.cursor ?? '', sinceMs: startMs + 54_000 };
  const second = await read(real(), query);
  assert.deepEqual(pids(second), [56, 55, 54]);
});

test('a pattern is searched for in the messages', { skip }, async () => {
  assert.deepEqual(pids(await read(real(), { grep: '^line [12]4$' })), [24, 14]);
});

test('a search that stops early says where to go on', { skip }, async () => {
  const first = await read(real(), { grep: '^line 4$' }, 10, 20);
  assert.deepEqual(pids(first), []);
  const second = await read(real(), { grep: '^line 4$', cursor: first.reading.cursor ?? '' });
  assert.deepEqual([first.reading.scanned, second.reading.scanned, ...pids(second)], [20, 40, 4]);
});

test('forwards it begins with the oldest, and the cursor goes on towards the newest', { skip }, async () => {
  const query = { direction: 'newer', sinceMs: startMs + 20_000 } as const;
  const first = await read(real(), query, 3);
  assert.deepEqual(pids(first), [20, 21, 22]);
  const second = await read(real(), { ...query, cursor: first.reading.cursor ?? '' }, 3);
  assert.deepEqual(pids(second), [23, 24, 25]);
  const last = await read(real(), {
    ...query,
    untilMs: startMs + 27_000,
    cursor: second.reading.cursor ?? '',
  });
  assert.deepEqual(pids(last), [26, 27]);
  assert.equal('cursor' in last.reading, false);
});

test('both ways all entries are those of journalctl, in its order', { skip }, async () => {
  const said = (...args: string[]) =>
    execFileSync('journalctl', [`--directory=${folder}`, '--output=json', '--all', ...args], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
      .map(({ __CURSOR, __REALTIME_TIMESTAMP, _PID }) => [
        __CURSOR,
        Number(__REALTIME_TIMESTAMP),
        Number(_PID),
      ]);
  const told = async (query: JournalQuery) =>
    (await read(real(), query)).entries.map(({ cursor, realtimeUs, pid }) => [cursor, realtimeUs, pid]);
  assert.deepEqual(await told({ direction: 'newer' }), said());
  assert.deepEqual(await told({}), said('--reverse'));
  assert.deepEqual(
    await told({ priority: 'err', unit: 'odd.service' }),
    said('-r', '-p', 'err', '-u', 'odd.service'),
  );
});

test('the newest entry of one answer is where the next one begins', { skip }, async () => {
  const { reading } = await read(real(), { untilMs: startMs + 57_000 }, 3);
  const later = await read(real(), { direction: 'newer', cursor: reading.newest ?? '' });
  assert.deepEqual(pids(later), [58, 59]);
  const none = await read(real(), { direction: 'newer', cursor: later.reading.newest ?? '' });
  assert.deepEqual([none.reading.scanned, none.reading.newest], [0, undefined]);
});

test('the case of letters can be ignored', { skip }, async () => {
  assert.deepEqual(pids(await read(real(), { grep: '^LINE 1[0-2]$', ignoreCase: true })), [12, 10]);
  assert.deepEqual(pids(await read(real(), { grep: '^LINE 1[0-2]$' })), []);
});

test('a boot that is not there is named', { skip }, async () => {
  await assert.rejects(read(real(), { boot: -7 }), {
    code: 'not_found',
    detail: 'The journal has nothing of boot -7.',
  });
});

test('a cursor that is none is refused', { skip }, async () => {
  await assert.rejects(read(real(), { cursor: 'nonsense' }), { code: 'arguments_invalid' });
});

test('a unit that wrote nothing has no entries', { skip }, async () => {
  assert.deepEqual((await read(real(), { unit: 'nothing*' })).entries, []);
});

test('a folder without journals is no journal', { skip }, async () => {
  const empty = openJournal({
    programs: systemPrograms,
    clock: systemClock,
    directory: join(folder, 'empty'),
  });
  await assert.rejects(read(empty), { code: 'unavailable' });
});

const played = (play: Played): Journal => openJournal({ programs: playing(() => play), clock: systemClock });

const line = (fields: Record<string, unknown>): string =>
  JSON.stringify({ __CURSOR: 's=a', __REALTIME_TIMESTAMP: '1767323045000000', ...fields });

test('without the right to read the journal the group is named', async () => {
  const stderr =
    "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\nNo journal files were opened due to insufficient permissions.\n";
  await assert.rejects(read(played({ lines: [], stderr, exitCode: 1 })), {
    code: 'permission_denied',
    detail:
      "The daemon may not read this machine's journal: it is not in the group 'systemd-journal' (or 'adm').",
  });
});

test('what is hidden is told with what can be seen', async () => {
  const stderr = 'Hint: You are currently not seeing messages from other users and the system.\n';
  const { reading } = await read(played({ lines: [line({ MESSAGE: 'own' })], stderr }));
  assert.equal(
    reading.hidden,
    "messages of the system and of other users: the daemon is not in the group 'systemd-journal' (or 'adm')",
  );
});

test('any other failure is told in its words', async () => {
  await assert.rejects(
    read(played({ lines: [], stderr: 'Failed to frob: token=abcdefgh1\n', exitCode: 1 })),
    {
      code: 'unavailable',
      detail: /^journalctl failed: 'Failed to frob: token=‹secret:[0-9a-f]{4}›'\.$/,
    },
  );
});

test('entries of containers are passed over and counted', async () => {
  const { reading, entries } = await read(played({ lines: [line({ CONTAINER_NAME: 'web' }), line({})] }));
  assert.deepEqual([reading.ofContainers, entries.length], [1, 1]);
});

test('secrets and escapes are gone before a pattern is searched for', async () => {
  const lines = [line({ MESSAGE: '\u001b[31mpassword=hunter2-long-enough' })];
  const { entries } = await read(played({ lines }), { grep: '^password=' });
  assert.match(entries[0]?.message ?? '', /^password=‹secret:[0-9a-f]{4}›$/);
  assert.equal(entries[0]?.redactions, 1);
  assert.deepEqual((await read(played({ lines }), { grep: 'hunter2' })).entries, []);
});

test('what is too long to be read is counted', async () => {
  const { reading } = await read(played({ lines: ['{"MESSAGE":"cut o', line({})] }));
  assert.deepEqual([reading.unreadable, reading.scanned], [1, 2]);
});

test('a machine that runs no programs has no journal', async () => {
  await assert.rejects(read(openJournal({ programs: undefined, clock: systemClock })), {
    code: 'unavailable',
  });
});
