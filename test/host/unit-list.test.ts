/** The list of units: forms of systemd 252 and 257, order, pages and timers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Programs } from '../../src/base/run-program.ts';
import { listUnits, parseTimers, parseUnits } from '../../src/host/unit-list.ts';

const row = (unit: string, active: string, sub = 'dead') => ({
  unit,
  load: 'loaded',
  active,
  sub,
  description: unit,
});

/** A systemctl that knows these units, and what it was asked. */
function saying(rows: readonly unknown[], timers: readonly unknown[] = []) {
  const asked: string[] = [];
  const programs: Programs = {
    run: async ({ program, args }) => {
      asked.push([program, ...args].join(' '));
      const stdout = JSON.stringify(args[0] === 'list-timers' ? timers : rows);
      return { stdout, stderr: '', exitCode: 0, cut: false };
    },
    stream: () => assert.fail('nothing is streamed'),
  };
  return { programs, asked };
}

test('a row of systemd 252 and 257 is read', () => {
  assert.deepEqual(
    parseUnits(
      '[{"unit":"failing.service","load":"loaded","active":"failed","sub":"failed","description":"Fails at once"},{"unit":"home.mount","load":"not-found","active":"inactive","sub":"dead","description":"home.mount"}]\n',
    ),
    [
      {
        unit: 'failing.service',
        load: 'loaded',
        active: 'failed',
        sub: 'failed',
        description: 'Fails at once',
      },
      { unit: 'home.mount', load: 'not-found', active: 'inactive', sub: 'dead', description: 'home.mount' },
    ],
  );
});

test('a description is cleaned, redacted and cut', () => {
  const [unit] = parseUnits(
    JSON.stringify([
      { unit: 'a.service', description: `\u001b[31mrun\u001b[0m --password hunter2 ${'x'.repeat(300)}` },
    ]),
  );
  assert.match(unit?.description ?? '', /^run --password ‹secret:[0-9a-f]{4}› x+…$/);
  assert.equal(unit?.description.length, 200);
});

test('timers: null and 0 are never, microseconds are a time', () => {
  const timers = parseTimers(
    '[{"next":1795579920000000,"left":1795579920000000,"last":0,"passed":0,"unit":"tidy.timer","activates":"tidy.service"},{"next":null,"left":null,"last":1795579919062244,"passed":0,"unit":"fstrim.timer","activates":"fstrim.service"}]',
  );
  assert.deepEqual(
    [...timers],
    [
      ['tidy.timer', { nextRunAt: '2026-11-25T04:12:00.000Z', activates: 'tidy.service' }],
      ['fstrim.timer', { lastRunAt: '2026-11-25T04:11:59.062Z', activates: 'fstrim.service' }],
    ],
  );
});

test('a time at the end of all time is never', () => {
  const timers = parseTimers(
    '[{"next":18446744073709551615,"last":0,"unit":"a.timer","activates":"a.service"}]',
  );
  assert.deepEqual(timers.get('a.timer'), { activates: 'a.service' });
});

test('what may not be told of is in no list and no figure but that of what was left out', async () => {
  const rows = [row('a.service', 'active'), row('b.service', 'failed'), row('c.scope', 'active')];
  const { units, total, states, leftOut } = await listUnits(saying(rows).programs, {
    limit: 10,
    shows: (unit) => unit !== 'b.service',
  });
  assert.deepEqual(
    units.map(({ unit }) => unit),
    ['a.service', 'c.scope'],
  );
  assert.deepEqual([total, states, leftOut], [2, [{ state: 'active', units: 2 }], 1]);
});

test('failed units come first, then those in between, then active ones; services before the rest, by name', async () => {
  const { programs } = saying([
    row('b.service', 'inactive'),
    row('z.mount', 'active'),
    row('c.service', 'active'),
    row('a.service', 'active'),
    row('d.service', 'activating'),
    row('x.timer', 'failed'),
    row('y.service', 'failed'),
  ]);
  const { units, total, states } = await listUnits(programs, { limit: 10 });
  assert.deepEqual(
    units.map(({ unit }) => unit),
    ['y.service', 'x.timer', 'd.service', 'a.service', 'c.service', 'z.mount', 'b.service'],
  );
  assert.equal(total, 7);
  assert.deepEqual(states, [
    { state: 'failed', units: 2 },
    { state: 'activating', units: 1 },
    { state: 'active', units: 3 },
    { state: 'inactive', units: 1 },
  ]);
});

test('pages follow one another without a gap, also when the unit where one ended is gone', async () => {
  const rows = ['a', 'b', 'c', 'd'].map((name) => row(`${name}.service`, 'active'));
  const first = await listUnits(saying(rows).programs, { limit: 2 });
  assert.deepEqual(
    [first.units.map(({ unit }) => unit), first.nextCursor],
    [['a.service', 'b.service'], '6.0.b.service'],
  );
  const without = rows.filter(({ unit }) => unit !== 'b.service');
  const second = await listUnits(saying(without).programs, { limit: 2, cursor: '6.0.b.service' });
  assert.deepEqual(
    [second.units.map(({ unit }) => unit), second.nextCursor],
    [['c.service', 'd.service'], undefined],
  );
});

test('a page stays within 6 KiB and its cursor is that of its last row', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    ...row(`unit-${String(i).padStart(3, '0')}.service`, 'active'),
    description: 'd'.repeat(190),
  }));
  const { units, nextCursor } = await listUnits(saying(rows).programs, { limit: 100 });
  assert.ok(Buffer.byteLength(JSON.stringify(units)) <= 6 * 1024);
  assert.ok(units.length > 10);
  assert.equal(nextCursor, `6.0.${units.at(-1)?.unit}`);
});

test('state filters the rows, and the counts stay those of all', async () => {
  const { programs } = saying([row('a.service', 'active'), row('b.service', 'failed')]);
  const { units, total, states } = await listUnits(programs, { limit: 10, state: 'failed' });
  assert.deepEqual([units.map(({ unit }) => unit), total, states.length], [['b.service'], 1, 2]);
});

test('type and pattern go to systemctl, the pattern behind --', async () => {
  const { programs, asked } = saying([]);
  await listUnits(programs, { limit: 1, type: 'socket', pattern: 'ssh*' });
  assert.deepEqual(asked, [
    'systemctl list-units --no-pager --all --full --output=json --type=socket -- ssh*',
  ]);
});

test('timers are asked for when there is one on the page', async () => {
  const timer = { next: 1_795_579_920_000_000, last: null, unit: 'a.timer', activates: 'a.service' };
  const { programs, asked } = saying([row('a.timer', 'active', 'waiting')], [timer]);
  const { units } = await listUnits(programs, { limit: 5 });
  assert.equal(units[0]?.nextRunAt, '2026-11-25T04:12:00.000Z');
  assert.equal(asked.length, 2);
});

test('nothing is started for a pattern or a cursor that is none', async () => {
  const { programs, asked } = saying([]);
  await assert.rejects(listUnits(programs, { limit: 1, pattern: '--host=evil' }), {
    code: 'arguments_invalid',
  });
  await assert.rejects(listUnits(programs, { limit: 1, cursor: 'nonsense' }), { code: 'arguments_invalid' });
  assert.deepEqual(asked, []);
});
