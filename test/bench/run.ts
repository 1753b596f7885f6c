/**
 * The benchmark: everything that is compared runs in turn within one run, so that the ratios hold on a noisy machine.
 * `npm run bench [-- ROUNDS]`; measures the bundle in dist/.
 */

import { benchRecorder } from './recorder.ts';
import { benchRequests } from './requests.ts';
import { benchStart } from './start.ts';

const rounds = Number(process.argv[2] ?? 5);
benchRecorder(rounds);
await benchStart(rounds);
await benchRequests(rounds);
