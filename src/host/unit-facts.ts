/** What systemd says of one unit, in our words. */

import { isoTime } from '../base/clock.ts';
import { known } from './rate.ts';
import { parseTimestamp, shortWords } from './systemctl.ts';
import { type Exit, exitOf, resultMeaning } from './unit-exit.ts';

export const relations = [
  'requires',
  'requisite',
  'bindsTo',
  'wants',
  'partOf',
  'requiredBy',
  'wantedBy',
  'boundBy',
  'triggers',
  'triggeredBy',
  'onFailure',
  'conflicts',
  'before',
  'after',
] as const;
export type Relation = (typeof relations)[number];

export interface Dependencies {
  readonly relation: Relation;
  readonly units: readonly string[];
}

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
  /** Those that have members. */
  readonly dependencies: readonly Dependencies[];
}

/** Relations by property; what they mean: systemd.unit(5). */
export const dependencyNames: Readonly<Record<string, Relation>> = {
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

export const orderNames: Readonly<Record<string, Relation>> = {
  Conflicts: 'conflicts',
  Before: 'before',
  After: 'after',
};

/** A list longer than this is answered without the rest. */
export const mostNames = 500;

/** What the properties of `systemctl show --timestamp=unix` say. @param dependencies relations by property */
export function unitFacts(
  found: ReadonlyMap<string, string>,
  dependencies: Readonly<Record<string, Relation>> = dependencyNames,
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
    dependencies: Object.entries(dependencies)
      .map(([property, relation]) => ({ relation, units: names(property) }))
      .filter(({ units }) => units.length > 0),
  };
}
