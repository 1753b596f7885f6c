/**
 * Run in a mount namespace of its own by `hung-mount.sh`: asks a tmpfs and a FUSE file system that nobody serves,
 * and prints what it was told at each step as one line of JSON.
 */

import { closeSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { openCrew } from '../../../src/host/crew.ts';
import { openMounts } from '../../../src/host/mounts.ts';
import { until } from '../frozen-host.ts';

const folder = process.argv[2] ?? '';
const fuseDescriptor = 9;

// Under this folder alone, as if it were the root.
const table = readFileSync('/proc/self/mountinfo', 'utf8')
  .split('\n')
  .filter((line) => line.includes(` ${folder}/`))
  .map((line) => line.replace(` ${folder}/`, ' /'));
mkdirSync(join(folder, 'proc/1'), { recursive: true });
writeFileSync(join(folder, 'proc/1/mountinfo'), `${table.join('\n')}\n`);

const alive = setInterval(() => {}, 1000);
const crew = openCrew({
  machine: { proc: join(folder, 'proc'), sys: join(folder, 'sys'), root: folder, live: true },
  onTrouble: () => {},
});
const mounts = openMounts(crew, systemClock);
const states = () =>
  Object.fromEntries(
    (mounts.status() ?? []).map(({ mount, state, reason }) => [mount.mountPoint, reason ?? state]),
  );

const startedMs = performance.now();
const first = mounts.round();
await until(() => states()['/after'] !== undefined && states()['/after'] !== 'not asked yet');
const whileHung = states();
await first;
const firstRoundMs = performance.now() - startedMs;
const stuckAfterFirst = crew.stuck();

await mounts.round();
const stuckAfterSecond = crew.stuck();

// The kernel answers in the place of the server that is gone.
closeSync(fuseDescriptor);
await until(() => crew.stuck() === 0);
await mounts.round();

console.log(
  JSON.stringify({
    whileHung,
    firstRoundMs,
    stuckAfterFirst,
    stuckAfterSecond,
    whenAnswered: states(),
  }),
);
crew.close();
clearInterval(alive);
