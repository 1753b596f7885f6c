/** Records changes without end and says the number of each once its intent is on record: `write-intents.ts FILE`. */

import { writeSync } from 'node:fs';
import { openTrail } from '../../../src/audit/trail.ts';
import { systemClock } from '../../../src/base/clock.ts';

const trail = openTrail({
  file: process.argv[2] ?? '',
  maxSizeBytes: 1e9,
  keep: 1,
  clock: systemClock,
  onTrouble(message) {
    throw new Error(message);
  },
});
for (let n = 1; n <= 100_000; n++) {
  const entry = trail.open({ correlationId: `c-${n}`, door: 'mcp', source: 'uid 0', tool: 'manage_unit' });
  entry.intent();
  writeSync(1, `${n}\n`);
  entry.done({ bytes: 1, truncated: false });
}
