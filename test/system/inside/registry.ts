/** A registry with one image, run inside the machine: `registry.ts FOLDER FILE`. The image holds FOLDER; its name goes to FILE. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { openRegistry } from '../../integration/docker/registry.ts';

const [folder = '', file = ''] = process.argv.slice(2);
const layer = execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 64 * 1024 * 1024 });
const registry = await openRegistry(layer);
writeFileSync(file, registry.push({ name: 'team/app', tag: '1' }));
