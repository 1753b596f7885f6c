/** All about one unit: its state, how it ended, what it uses, what it depends on, where it is written down. */

import { isoTime } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { Programs } from '../base/run-program.ts';
import type { Crew } from './crew.ts';
import { known } from './rate.ts';
import { has } from './reading.ts';
import { parseProperties, parseRows, parseTimestamp, shortWords, systemctl } from './systemctl.ts';
import { type Exit, exitOf, resultMeaning } from './unit-exit.ts';
import { readUnitLines, type UnitLine } from './unit-journal.ts';
import { parseUnits, readTimers, type TimerRun } from './unit-list.ts';
import { typeOfUnit, unitName } from './unit-name.ts';
import type { UnitResources } from './unit-resources.ts';

/** Times are ISO 8601 in UTC, to the second. What does not exist for the unit is absent. */
export interface UnitFacts {
  readonly unit: string;
  /** Its aliases. */
  readonly otherNames?: readonly string[];
  readonly description?: string;
  readonly load: string;
  readonly loadError?: string;
  readonly active: string;
  readonly sub: string;
  /** enabled, disabled, static, masked, generated …: UnitFileState. */
  readonly enabled?: string;
  /** When it came into this state. */
  readonly since?: string;
  /** When it became active the last time. */
  readonly activeSince?: string;
  readonly mainPid?: number;
  /** What the service says of itself: sd_notify(3) STATUS=. */
  readonly status?: string;
  /** By systemd, since the last start by hand: NRestarts. */
  readonly restarts?: number;
  /** How its last run ended, in systemd's word and in words. */
  readonly result?: string;
  readonly resultMeaning?: string;
  /** How the last main process ended. */
  readonly lastExit?: Exit & { readonly at?: string };
  /** Conditions of the unit kept it from starting. */
  readonly conditionFailed?: true;
  /** Its files changed since systemd read them. */
  readonly needsReload?: true;
  readonly unitFile?: string;
  readonly dropIns?: readonly string[];
  readonly controlGroup?: string;
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
}

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
}

/** Member of the answer by property. */
const dependencyNames: Readonly<Record<string, string>> = {
  Requires: 'requires',
  Requisite: 'requisite',
  BindsTo: 'bindsTo',
  Wants: 'wants',
  PartOf: 'partOf',
  RequiredBy: 'requiredBy',
  WantedBy: 'wantedBy',
  BoundBy: 'boundBy',
  Triggers: 'triggers',
  TriggeredBy: 'triggeredBy',
  OnFailure: 'onFailure',
};

const orderNames: Readonly<Record<string, string>> = {
  Conflicts: 'conflicts',
  Before: 'before',
  After: 'after',
};

const properties = [
  'Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,StateChangeTimestamp',
  'ActiveEnterTimestamp,MainPID,StatusText,NRestarts,Result,ExecMainCode,ExecMainStatus,ExecMainExitTimestamp',
  'ConditionResult,ConditionTimestamp,NeedDaemonReload,FragmentPath,SourcePath,DropInPaths,ControlGroup,InvocationID',
];

/** A list longer than this is answered without the rest. */
export const mostNames = 500;

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
  if (facts.load === 'not-found' && facts.active === 'inactive')
    throw await unknownUnit(programs, name, signal);
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

/** What the properties of `systemctl show --timestamp=unix` say. @param dependencies members by property */
export function unitFacts(
  found: ReadonlyMap<string, string>,
  dependencies: Readonly<Record<string, string>> = dependencyNames,
): UnitFacts {
  const text = (key: string, maxLength = 255): string | undefined =>
    found.has(key) ? shortWords(found.get(key) ?? '', maxLength) : undefined;
  const names = (key: string): readonly string[] =>
    (found.get(key) ?? '')
      .split(' ')
      .filter(Boolean)
      .slice(0, mostNames)
      .map((name) => shortWords(name, 255));
  const time = (key: string): string | undefined => {
    const ms = parseTimestamp(found.get(key));
    return ms === undefined ? undefined : isoTime(ms);
  };
  const number = (key: string): number | undefined =>
    /^\d+$/.test(found.get(key) ?? '') ? Number(found.get(key)) : undefined;
  const unit = text('Id') ?? '';
  const result = text('Result', 64);
  const exit = exitOf(number('ExecMainCode') ?? 0, number('ExecMainStatus') ?? 0);
  const some = (list: readonly string[]) => (list.length === 0 ? undefined : list);
  return {
    unit,
    load: text('LoadState', 32) ?? 'unknown',
    active: text('ActiveState', 32) ?? 'unknown',
    sub: text('SubState', 32) ?? 'unknown',
    ...known({
      otherNames: some(names('Names').filter((name) => name !== unit)),
      description: text('Description'),
      loadError: text('LoadError', 512),
      enabled: text('UnitFileState', 32),
      since: time('StateChangeTimestamp'),
      activeSince: time('ActiveEnterTimestamp'),
      mainPid: number('MainPID') || undefined,
      status: text('StatusText', 512),
      restarts: number('NRestarts'),
      result,
      resultMeaning: result === undefined ? undefined : resultMeaning(result),
      lastExit: exit && { ...exit, ...known({ at: time('ExecMainExitTimestamp') }) },
      // Before the first check it says no as well.
      conditionFailed:
        found.get('ConditionResult') === 'no' && time('ConditionTimestamp') !== undefined ? true : undefined,
      needsReload: found.get('NeedDaemonReload') === 'yes' ? true : undefined,
      unitFile: text('FragmentPath', 1024) ?? text('SourcePath', 1024),
      dropIns: some(names('DropInPaths')),
      controlGroup: text('ControlGroup', 1024),
    }),
    dependencies: known(
      Object.fromEntries(
        Object.entries(dependencies).map(([property, member]) => [member, some(names(property))]),
      ),
    ) as Readonly<Record<string, readonly string[]>>,
  };
}

/** Names of units that are loaded or could be. */
async function unknownUnit(programs: Programs, name: string, signal?: AbortSignal): Promise<Problem> {
  const [loaded, files] = await Promise.all([
    systemctl(programs, ['list-units', '--all', '--full', '--output=json'], signal),
    systemctl(programs, ['list-unit-files', '--full', '--output=json'], signal),
  ]);
  const names = new Set([
    ...parseUnits(loaded)
      .filter(({ load }) => load !== 'not-found')
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
