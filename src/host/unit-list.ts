/** The units that systemd has loaded, failed ones first, and when its timers run. */

import { isoTime } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { fitting } from '../base/fitting.ts';
import type { Programs } from '../base/run-program.ts';
import { typeOfUnit, type UnitType, unitPattern, unitTypes } from '../base/unit-name.ts';
import { known } from './rate.ts';
import { parseRows, shortWords, systemctl } from './systemctl.ts';

/** Most urgent first. `maintenance` and `refreshing` are younger than systemd 252. */
export const unitStates = [
  'failed',
  'maintenance',
  'activating',
  'deactivating',
  'reloading',
  'refreshing',
  'active',
  'inactive',
] as const;
export type UnitState = (typeof unitStates)[number];

export interface UnitRow {
  readonly unit: string;
  /** systemd's words: loaded, not-found, bad-setting, error, masked. */
  readonly load: string;
  readonly active: string;
  /** The finer state, which depends on the type. */
  readonly sub: string;
  readonly description: string;
}

/** Times are ISO 8601 in UTC; absent where there is none. */
export interface TimerRun {
  readonly nextRunAt?: string;
  readonly lastRunAt?: string;
  /** The unit that it starts. */
  readonly activates?: string;
}

export interface UnitsWanted {
  readonly type?: UnitType;
  readonly state?: UnitState;
  /** A glob over names. */
  readonly pattern?: string;
  readonly limit: number;
  /** Where the page before ended. */
  readonly cursor?: string;
  /** Which may be told of; all where it is absent. */
  readonly shows?: (unit: string) => boolean;
}

export interface UnitPage {
  readonly units: readonly (UnitRow & TimerRun)[];
  /** How many match. */
  readonly total: number;
  /** How many of type and pattern may not be told of, and are in none of the other figures. */
  readonly leftOut: number;
  /** Of type and pattern, by active state. */
  readonly states: readonly { readonly state: string; readonly units: number }[];
  readonly nextCursor?: string;
}

/** A page is no larger than this as JSON, so that its cursor is that of the last row the caller sees. */
const pageBytes = 6 * 1024;

/** Throws `unavailable` where systemd does not run this machine, `arguments_invalid` for a pattern that is none. */
export async function listUnits(
  programs: Programs,
  wanted: UnitsWanted,
  signal?: AbortSignal,
): Promise<UnitPage> {
  const from = wanted.cursor === undefined ? undefined : parseCursor(wanted.cursor);
  const { shows = () => true } = wanted;
  const loaded = parseUnits(await systemctl(programs, listArguments(wanted), signal));
  const all = loaded.filter(({ unit }) => shows(unit)).sort(byUrgency);
  const matching = all.filter(({ active }) => wanted.state === undefined || active === wanted.state);
  const left = from === undefined ? matching : matching.filter((row) => compare(keyOf(row), from) > 0);
  const units = await withRuns(programs, left.slice(0, wanted.limit), signal);
  const shown = fitting(units, pageBytes);
  const last = shown.at(-1);
  return {
    units: shown,
    total: matching.length,
    leftOut: loaded.length - all.length,
    states: countStates(all),
    ...(last === undefined || shown.length === left.length ? {} : { nextCursor: keyOf(last).join('.') }),
  };
}

const listArguments = ({ type, pattern }: UnitsWanted): string[] => [
  'list-units',
  '--all',
  '--full',
  '--output=json',
  ...(type === undefined ? [] : [`--type=${type}`]),
  ...(pattern === undefined ? [] : ['--', unitPattern(pattern)]),
];

const words = (value: unknown, maxLength: number): string =>
  typeof value === 'string' ? shortWords(value, maxLength) : '';

/** The output of `systemctl list-units --output=json`. */
export const parseUnits = (text: string): UnitRow[] =>
  parseRows(text).map((row) => ({
    unit: words(row['unit'], 255),
    load: words(row['load'], 32),
    active: words(row['active'], 32),
    sub: words(row['sub'], 32),
    description: words(row['description'], 200),
  }));

/** The output of `systemctl list-timers --output=json`, by timer: microseconds since the epoch; 0 and null are never. */
export function parseTimers(text: string): ReadonlyMap<string, TimerRun> {
  const at = (value: unknown): string | undefined =>
    // Beyond the range of a date: it never comes.
    typeof value === 'number' && value > 0 && value < 8.64e18 ? isoTime(Math.floor(value / 1000)) : undefined;
  return new Map(
    parseRows(text).map((row) => [
      words(row['unit'], 255),
      known({
        nextRunAt: at(row['next']),
        lastRunAt: at(row['last']),
        activates: words(row['activates'], 255) || undefined,
      }),
    ]),
  );
}

/** When the timers run. @param timer one of them alone */
export async function readTimers(
  programs: Programs,
  signal?: AbortSignal,
  timer?: string,
): Promise<ReadonlyMap<string, TimerRun>> {
  const name = timer === undefined ? [] : ['--', timer];
  return parseTimers(
    await systemctl(programs, ['list-timers', '--all', '--full', '--output=json', ...name], signal),
  );
}

async function withRuns(programs: Programs, rows: readonly UnitRow[], signal?: AbortSignal) {
  if (!rows.some(({ unit }) => typeOfUnit(unit) === 'timer')) return rows;
  const timers = await readTimers(programs, signal);
  return rows.map((row) => ({ ...row, ...timers.get(row.unit) }));
}

type Key = readonly [state: number, type: number, name: string];

const placeIn = (list: readonly string[], value: string): number =>
  list.includes(value) ? list.indexOf(value) : list.length;

const keyOf = ({ unit, active }: UnitRow): Key => [
  placeIn(unitStates, active),
  placeIn(unitTypes, typeOfUnit(unit)),
  unit,
];

const compare = (a: Key, b: Key): number =>
  a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : Number(a[2] > b[2]));

const byUrgency = (a: UnitRow, b: UnitRow): number => compare(keyOf(a), keyOf(b));

function parseCursor(cursor: string): Key {
  const found = /^(\d{1,2})\.(\d{1,2})\.(.+)$/s.exec(cursor);
  if (found === null) {
    throw new Problem('arguments_invalid', {
      detail: 'The cursor is none of this tool.',
      hint: 'Leave `cursor` out, or take `nextCursor` of the answer before.',
    });
  }
  return [Number(found[1]), Number(found[2]), found[3] ?? ''];
}

function countStates(rows: readonly UnitRow[]): UnitPage['states'] {
  const counts = new Map<string, number>();
  for (const { active } of rows) counts.set(active, (counts.get(active) ?? 0) + 1);
  return [...counts].map(([state, units]) => ({ state, units }));
}
