/** Records rows without end, ten seconds of its clock apart, and says the number of each: `record-without-end.ts FOLDER`. */

import { writeSync } from 'node:fs';
import { seriesNames } from '../../../src/host/recorder-series.ts';
import { stillClock } from '../../still-clock.ts';
import { midnight, openPrepared, smallHistory } from '../recorded.ts';

const clock = stillClock(midnight);
let n = 0;
const recorder = openPrepared({
  folder: process.argv[2] ?? '',
  settings: smallHistory,
  clock,
  values: () => new Float32Array(seriesNames.length).fill(n),
  onTrouble(message) {
    throw new Error(message);
  },
});
for (n = 1; n <= 1_000_000; n++) {
  recorder.record();
  writeSync(1, `${n}\n`);
  clock.forward(10_000);
}
