/** The one cell that changes: the configuration in force. Whoever needs a setting asks here at the moment of need. */

import { isDeepStrictEqual } from 'node:util';
import type { LoadedConfig } from './load.ts';
import { type Config, freezeDeep, settingValue } from './schema.ts';

export interface CurrentConfig {
  /** What is in force; frozen deeply, so that who holds it over a reload goes on with one consistent picture. */
  get(): Config;
  /** What was read last; may name values that only a restart puts in force. */
  loaded(): LoadedConfig;
  /**
   * Puts another configuration in force: its live settings at once; those that only a restart applies keep their
   * value till then.
   */
  swap(next: LoadedConfig): Changes;
}

/** Keys of settings. */
export interface Changes {
  /** What is different from what was in force, whether it applies at once or not. */
  readonly changed: readonly string[];
  /** Those of `changed` that wait for a restart; named again at every reload until then. */
  readonly needRestart: readonly string[];
}

/** `next`, but with the values of `before` under the keys to keep. */
function keeping(next: Config, before: Config, keys: readonly string[]): Config {
  const tree = structuredClone(next) as unknown as Record<string, Record<string, unknown>>;
  for (const key of keys) {
    const [section = '', name = ''] = key.split('.');
    tree[section] = { ...tree[section], [name]: settingValue(before, key) };
  }
  return freezeDeep(tree as unknown as Config);
}

export function openCurrentConfig(first: LoadedConfig): CurrentConfig {
  let loaded = first;
  let inForce = first.config;

  return {
    get: () => inForce,
    loaded: () => loaded,
    swap(next) {
      const changed = [...next.settings.keys()].filter(
        (key) => !isDeepStrictEqual(settingValue(inForce, key), settingValue(next.config, key)),
      );
      const needRestart = changed.filter((key) => next.settings.get(key)?.reload === 'restart');
      inForce = keeping(next.config, inForce, needRestart);
      loaded = next;
      return { changed, needRestart };
    },
  };
}
