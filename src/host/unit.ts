/** All about one unit: its state, how it ended, what it uses, what it depends on, where it is written down. */

import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { Programs } from '../base/run-program.ts';
import { typeOfUnit, unitName } from '../base/unit-name.ts';
import type { Crew } from './crew.ts';
import { known } from './rate.ts';
import { has } from './reading.ts';
import { parseProperties, parseRows, systemctl } from './systemctl.ts';
import { dependencyNames, orderNames, type UnitFacts, unitFacts } from './unit-facts.ts';
import { readUnitLines, type UnitLine } from './unit-journal.ts';
import { parseUnits, readTimers, type TimerRun } from './unit-list.ts';
import type { UnitResources } from './unit-resources.ts';

export interface UnitAnswer extends UnitFacts {
  readonly timer?: TimerRun;
  readonly resources?: UnitResources;
  /** Of this run, newest first. */
  readonly journal?: readonly UnitLine[];
  readonly redactedSecrets?: number;
  /** What cannot be seen, and why. */
  readonly hidden?: readonly string[];
}

export interface UnitWanted {
  /** The name; `.service` where it has no type. */
  readonly unit: string;
  /** How many lines of the journal. */
  readonly lines: number;
  /** With the order of start and conflicts. */
  readonly detailed: boolean;
  /** Which may be told of; all where it is absent. */
  readonly shows?: (unit: string) => boolean;
}

const properties = [
  'Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,StateChangeTimestamp',
  'ActiveEnterTimestamp,MainPID,StatusText,NRestarts,Result,ExecMainCode,ExecMainStatus,ExecMainExitTimestamp',
  'ConditionResult,ConditionTimestamp,NeedDaemonReload,FragmentPath,SourcePath,DropInPaths,ControlGroup,InvocationID',
];

const resourcesDeadlineMs = 2_000;

/**
 * Throws `not_found` with near names for a unit that systemd does not know, `arguments_invalid` for what is no name and
 * `unavailable` where systemd does not run this machine.
 */
export async function getUnit(
  programs: Programs,
  crew: Crew,
  wanted: UnitWanted,
  signal?: AbortSignal,
): Promise<UnitAnswer> {
  const name = unitName(wanted.unit);
  const dependencies = { ...dependencyNames, ...(wanted.detailed ? orderNames : {}) };
  const list = [...properties, ...Object.keys(dependencies)].join(',');
  const shown = await systemctl(
    programs,
    ['show', '--timestamp=unix', `--property=${list}`, '--', name],
    signal,
  );
  const found = parseProperties(shown);
  const facts = unitFacts(found, dependencies);
  const { shows = () => true } = wanted;
  if ((facts.load === 'not-found' && facts.active === 'inactive') || !shows(facts.unit))
    throw await unknownUnit(programs, name, shows, signal);
  const hidden: string[] = [];
  const [timer, resources, journal] = await Promise.all([
    typeOfUnit(facts.unit) === 'timer' ? readTimers(programs, signal, facts.unit) : undefined,
    facts.controlGroup === undefined ? undefined : readResources(crew, facts.controlGroup, hidden),
    readLines(programs, found.get('InvocationID'), wanted.lines, hidden, signal),
  ]);
  return {
    ...facts,
    ...known({ timer: timer?.get(facts.unit), resources }),
    ...journal,
    ...(hidden.length === 0 ? {} : { hidden }),
  };
}

async function readResources(
  crew: Crew,
  group: string,
  hidden: string[],
): Promise<UnitResources | undefined> {
  try {
    const resources = await crew.run('readUnitResources', [group], { deadlineMs: resourcesDeadlineMs });
    if (Object.keys(resources).length > 0) return resources;
    hidden.push('resources: the kernel accounts none for the control group of this unit');
  } catch (thrown) {
    // The rest is worth an answer without them.
    if (!(thrown instanceof Problem)) throw thrown;
    hidden.push('resources: the files of the control group did not answer');
  }
  return undefined;
}

async function readLines(
  programs: Programs,
  invocation: string | undefined,
  wanted: number,
  hidden: string[],
  signal?: AbortSignal,
): Promise<Pick<UnitAnswer, 'journal' | 'redactedSecrets'>> {
  if (wanted === 0 || !/^[0-9a-f]{32}$/.test(invocation ?? '')) return {};
  const read = await readUnitLines(programs, invocation ?? '', wanted, signal);
  if (has(read)) {
    const { lines, redacted } = read.value;
    return { journal: lines, ...(redacted === 0 ? {} : { redactedSecrets: redacted }) };
  }
  hidden.push(`journal: ${read.reason}`);
  return {};
}

/** Names of units that are loaded or could be. */
async function unknownUnit(
  programs: Programs,
  name: string,
  shows: (unit: string) => boolean,
  signal?: AbortSignal,
): Promise<Problem> {
  const [loaded, files] = await Promise.all([
    systemctl(programs, ['list-units', '--all', '--full', '--output=json'], signal),
    systemctl(programs, ['list-unit-files', '--full', '--output=json'], signal),
  ]);
  const names = new Set([
    ...parseUnits(loaded)
      .filter(({ load, unit }) => load !== 'not-found' && shows(unit))
      .map(({ unit }) => unit),
    ...parseRows(files).flatMap(({ unit_file: file }) => (typeof file === 'string' ? [file] : [])),
  ]);
  const near = nearUnits(name, [...names]);
  return new Problem('not_found', {
    detail: `There is no unit ${quote(name, 255)}.`,
    hint: `${near.length === 0 ? '' : `Did you mean ${near.map((one) => quote(one, 255)).join(', ')}? `}list_units lists what there is; \`pattern\` finds parts of names.`,
  });
}

const mostNear = 3;

/** The nearest one, and those of any type that have the word in their names. */
export function nearUnits(name: string, names: readonly string[]): readonly string[] {
  const stem = name.slice(0, name.lastIndexOf('.')).toLowerCase();
  const sameType = names.filter((one) => typeOfUnit(one) === typeOfUnit(name));
  const one = nearest(name, sameType);
  const withWord = (list: readonly string[]) =>
    stem.length < 3
      ? []
      : list.filter((other) => other.toLowerCase().includes(stem)).sort((a, b) => a.length - b.length);
  return [...new Set([...(one === undefined ? [] : [one]), ...withWord(sameType), ...withWord(names)])].slice(
    0,
    mostNear,
  );
}
