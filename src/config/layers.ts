/** The layers above the defaults, each as a list of what it sets: files, the environment, arguments. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import { type Findings, shownName } from './faults.ts';
import { parseSettings } from './parse-settings.ts';
import type { Places } from './places.ts';
import { type Setting, type Settings, variableOf } from './schema.ts';
import { readSettingsFile, unreadable } from './settings-file.ts';
import { unknownKey, unknownVariable } from './unknown-key.ts';

/** One value that a layer gives to a setting. */
export interface Layered {
  readonly key: string;
  readonly value: unknown;
  /** A file, `environment NAME` or `argument --set KEY`. */
  readonly origin: string;
  /** The origin, in a file with the line. */
  readonly place: string;
}

export interface FileLayer {
  readonly values: readonly Layered[];
  /** Those that were read, in their order. */
  readonly files: readonly string[];
}

/** One file that must exist, or else the default one and its conf.d, which need not. */
export function fromFiles(
  file: string | undefined,
  places: Places,
  settings: Settings,
  findings: Findings,
): FileLayer {
  const paths =
    file === undefined ? [places.configFile, ...dropIns(places.configDirectory, findings)] : [file];
  const files: string[] = [];
  const values = paths.flatMap((path): Layered[] => {
    const text = readSettingsFile(path, file === undefined && path === places.configFile, findings);
    if (text === undefined) return [];
    files.push(path);
    return parseSettings(text, path, [...settings.keys()], findings.faults).map((given) => ({
      ...given,
      origin: path,
    }));
  });
  return { values, files };
}

function dropIns(folder: string, { faults, warnings }: Findings): readonly string[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') faults.push(unreadable(folder, thrown));
  }
  for (const name of names.filter((name) => name.endsWith('.yml'))) {
    warnings.push(`${join(folder, name)} is not read: only names that end in .yaml are`);
  }
  return names
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name));
}

const prefix = 'SYSTEMMANAGER_';

export function fromEnvironment(
  env: NodeJS.ProcessEnv,
  settings: Settings,
  { faults }: Findings,
): readonly Layered[] {
  const keyOf = new Map([...settings.keys()].map((key) => [variableOf(key), key]));
  return Object.entries(env).flatMap(([name, text]): Layered[] => {
    if (!name.startsWith(prefix) || text === undefined) return [];
    const key = keyOf.get(name) ?? '';
    const setting = settings.get(key);
    if (setting === undefined) {
      const names = [...settings.values()].flatMap(({ env }) => env ?? []);
      faults.push({ place: 'environment', says: unknownVariable(name, names) });
      return [];
    }
    const origin = `environment ${name}`;
    return fromText(key, setting, text, origin, { faults });
  });
}

/** @param given `KEY=VALUE` each */
export function fromArguments(
  given: readonly string[],
  settings: Settings,
  { faults }: Findings,
): readonly Layered[] {
  return given.flatMap((word): Layered[] => {
    const at = word.indexOf('=');
    const key = at === -1 ? word : word.slice(0, at);
    const setting = settings.get(key);
    if (at === -1) {
      faults.push({ place: 'argument --set', says: `${shownName(key)} must be KEY=VALUE` });
    } else if (setting === undefined) {
      faults.push({ place: 'argument --set', says: unknownKey(key, [...settings.keys()]) });
    } else {
      return fromText(key, setting, word.slice(at + 1), `argument --set ${key}`, { faults });
    }
    return [];
  });
}

/** Other processes can see environments and command lines: what is sensitive is not taken from there. */
function fromText(
  key: string,
  { format, sensitive }: Setting,
  text: string,
  origin: string,
  { faults }: Pick<Findings, 'faults'>,
): Layered[] {
  if (!sensitive) return [{ key, value: format.fromText(text), origin, place: origin }];
  faults.push({
    place: origin,
    says: `${key} is taken from files alone: put it into the configuration file`,
  });
  return [];
}
