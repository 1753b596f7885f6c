/** What this program is called and which version of it this is. */

import { readFileSync } from 'node:fs';

export const productName = 'systemmanager-mcp';

/** The version in package.json, which stands one folder above both the sources' folder and the bundle. */
export function readVersion(): string {
  for (const above of ['../../package.json', '../package.json', './package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(above, import.meta.url), 'utf8'));
      if (found.name === productName && typeof found.version === 'string') return found.version;
    } catch {
      // Not here: the next place.
    }
  }
  return '0.0.0';
}
