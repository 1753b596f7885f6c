#!/usr/bin/env node
/** The command as npm installs it: the bundle if it was built, else the sources. */

import { existsSync } from 'node:fs';

const bundle = new URL('../dist/main.mjs', import.meta.url);
if (existsSync(bundle)) {
  await import(bundle.href);
} else {
  await import('tsx');
  await import(new URL('../src/main.ts', import.meta.url).href);
}
