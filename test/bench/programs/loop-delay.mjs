/** Loaded into a process before its program: writes the delay of its event loop to the file in LOOP_DELAY at SIGUSR2. */

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

// What is not for the program is taken away before the program looks.
const file = process.env.LOOP_DELAY;
delete process.env.LOOP_DELAY;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('SIGUSR2', () => {
  // The timer itself has a resolution of a millisecond, which is no delay.
  writeFileSync(file, JSON.stringify({ p99Ms: delay.percentile(99) / 1e6 - 1, maxMs: delay.max / 1e6 - 1 }));
  delay.reset();
});
