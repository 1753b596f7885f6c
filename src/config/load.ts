/**
 * Reads the configuration from its layers (defaults, files, the environment, arguments), each over the one before,
 * and says every fault at once. The only place besides the systemd ones that reads the environment.
 */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { type Findings, refuseFaults } from './faults.ts';
import { fromArguments, fromEnvironment, fromFiles, type Layered } from './layers.ts';
import type { EnvironmentFacts, Places } from './places.ts';
import { checkTogether } from './rules.ts';
import { type Config, freezeDeep, openConvict, type Settings, settingsByKey } from './schema.ts';

export interface LoadOptions {
  readonly places: Places;
  readonly env?: NodeJS.ProcessEnv;
  /** Read instead of the default file and its conf.d; must exist. */
  readonly file?: string;
  /** `server.port=9090`, the layer above all others. */
  readonly set?: readonly string[];
  readonly clock?: Clock;
}

export interface LoadedConfig {
  /** Frozen deeply. */
  readonly config: Config;
  /** Key → `default`, a file, `environment NAME` or `argument --set KEY`. */
  readonly origins: ReadonlyMap<string, string>;
  readonly settings: Settings;
  /** The files that were read. */
  readonly files: readonly string[];
  /** What is valid but an operator should know, a sentence each, without a full stop. */
  readonly warnings: readonly string[];
}

/** The parts of the environment that say where things are; systemd.exec(5), XDG Base Directory Specification. */
export function environmentFacts(env: NodeJS.ProcessEnv = process.env): EnvironmentFacts {
  const first = (list: string | undefined) => list?.split(':')[0];
  const absolute = (path: string | undefined) => (path?.startsWith('/') ? path : undefined);
  return {
    home: absolute(env['HOME']) ?? homedir(),
    uid: process.getuid?.() ?? 0,
    xdgConfigHome: absolute(env['XDG_CONFIG_HOME']),
    xdgStateHome: absolute(env['XDG_STATE_HOME']),
    xdgRuntimeDir: absolute(env['XDG_RUNTIME_DIR']),
    stateDirectory: absolute(first(env['STATE_DIRECTORY'])),
    logsDirectory: absolute(first(env['LOGS_DIRECTORY'])),
    credentialsDirectory: absolute(env['CREDENTIALS_DIRECTORY']),
  };
}

/** Throws `config_invalid`, which lists every fault with its place, what is wrong and what is valid. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { places, env = process.env, file, set = [], clock = systemClock } = options;
  const settings = settingsByKey({
    log: join(places.logDirectory, 'mcp.log'),
    audit: join(places.logDirectory, 'audit.log'),
  });
  const findings: Findings = { faults: [], warnings: [] };
  const { values, files } = fromFiles(file, places, settings, findings);
  const given = [
    ...values,
    ...fromEnvironment(env, settings, findings),
    ...fromArguments(set, settings, findings),
  ].flatMap((one) => accepted(one, settings, findings));

  const whole = openConvict(settings);
  for (const { key, value } of given) whole.set(key as never, value as never);
  whole.validate({ allowed: 'strict' });
  const config = freezeDeep(whole.getProperties() as Config);
  checkTogether(config, clock, findings);
  refuseFaults(findings.faults);

  const origins = new Map([...settings.keys()].map((key) => [key, 'default']));
  for (const { key, origin } of given) origins.set(key, origin);
  return Object.freeze({ config, origins, settings, files, warnings: Object.freeze(findings.warnings) });
}

/** The value in the form that is kept, or nothing and a fault. One that a later layer covers must be valid too. */
function accepted(given: Layered, settings: Settings, { faults }: Findings): Layered[] {
  const { key, value, place } = given;
  try {
    return [{ ...given, value: settings.get(key)?.format.read(value) }];
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const { detail, hint } = thrown;
    faults.push({ place, says: `${key} ${detail}`, ...(hint === undefined ? {} : { hint }) });
    return [];
  }
}
