/**
 * The benchmark: everything that is compared runs in turn within one run, so that the ratios hold on a noisy machine.
 * `npm run bench [-- SECTION… --rounds N]`; measures the bundle in dist/. What is not installed here is left out.
 */

import { parseArgs } from 'node:util';
import { benchDocker } from './docker.ts';
import { benchFiles } from './files.ts';
import { benchIdle } from './idle.ts';
import { benchInstalled } from './installed.ts';
import { benchProcessTable } from './process-table.ts';
import { benchRecorder } from './recorder.ts';
import { benchRequests } from './requests.ts';
import { benchScrape } from './scrape.ts';
import { benchSnapshot } from './snapshot.ts';
import { benchStart } from './start.ts';

const sections: Readonly<Record<string, (rounds: number) => void | Promise<void>>> = {
  recorder: benchRecorder,
  snapshot: benchSnapshot,
  processes: benchProcessTable,
  start: benchStart,
  requests: benchRequests,
  scrape: benchScrape,
  files: benchFiles,
  docker: benchDocker,
  idle: benchIdle,
  installed: benchInstalled,
};
/** One takes ten minutes, the other boots a machine: only when they are named. */
const unasked = Object.keys(sections).filter((name) => !['idle', 'installed'].includes(name));

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const unknown = positionals.filter((name) => !(name in sections));
if (unknown.length > 0 || !(rounds >= 1)) {
  console.error(`usage: npm run bench -- [${Object.keys(sections).join(' | ')}]… [--rounds N]`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(sections)) {
  if ((positionals.length === 0 ? unasked : positionals).includes(name)) await bench(rounds);
}
