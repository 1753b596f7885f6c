/** python3-psutil beside us, where Debian's package of it is installed. */

import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const python = '/usr/bin/python3';
const program = join(import.meta.dirname, 'programs/psutil-bench.py');

export const hasPsutil = spawnSync(python, ['-c', 'import psutil']).status === 0;

/** The median of `repeats`, microseconds. */
export const psutilMicroseconds = (what: 'snapshot' | 'processes', repeats: number): number =>
  Number(execFileSync(python, [program, what, String(repeats)], { encoding: 'utf8' }));
