/** A configuration folder of its own for a test: files are put there, and the configuration is read from there. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../src/config/load.ts';

/** 2026-11-24T00:00:00Z, held still. */
const clock = { now: () => 1_795_478_400_000, monotonicMs: () => 0 };

export interface Installation {
  readonly folder: string;
  /** The default file. */
  readonly file: string;
  /** Writes a file below the folder and returns its path. */
  put(name: string, text: string): string;
  load(options?: Partial<LoadOptions>): LoadedConfig;
  /** The refusal of a configuration that must be refused. */
  refusal(options?: Partial<LoadOptions>): Problem;
}

/** @param text of the default file; without one there is none */
export function installation(t: TestContext, text?: string): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'systemmanager-config-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'conf.d'));
  const put = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o644 });
    return path;
  };
  if (text !== undefined) put('config.yaml', text);
  const places = {
    kind: 'system',
    configFile: join(folder, 'config.yaml'),
    configDirectory: join(folder, 'conf.d'),
    stateDirectory: join(folder, 'state'),
    logDirectory: '/var/log/systemmanager',
    runtimeDirectory: join(folder, 'run'),
  } as const;
  const load = (options: Partial<LoadOptions> = {}) => loadConfig({ places, env: {}, clock, ...options });
  return {
    folder,
    file: places.configFile,
    put,
    load,
    refusal(options) {
      try {
        load(options);
      } catch (thrown) {
        assert.ok(thrown instanceof Problem, String(thrown));
        assert.equal(thrown.code, 'config_invalid');
        return thrown;
      }
      return assert.fail('the configuration was accepted');
    },
  };
}

/** An entry of `security.auth_tokens`, as YAML of the file's second level. */
export const tokenEntry = (changes: Readonly<Record<string, string>> = {}): string => {
  const entry = {
    agent: 'grafana',
    scopes: '[monitor]',
    sha256: 'AB'.repeat(32),
    expires: '"2027-01-31T00:00:00Z"',
    ...changes,
  };
  const members = Object.entries(entry).map(([name, value]) => `${name}: ${value}`);
  return `    - ${members.join('\n      ')}\n`;
};
