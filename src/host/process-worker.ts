/** The thread for everything that may block: it does one job after the other and knows nobody who asks. */

import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf } from '../base/errors.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { settleHeap } from '../base/settle-heap.ts';
import { type JobRequest, openJobs, type WorkerMessage } from './jobs.ts';

const jobs = openJobs(workerData as MachineRoot);

/** The jobs that the daemon does by itself have all been done once by then. */
const settledAfterMs = 5_000;

const answer = (message: WorkerMessage): void => parentPort?.postMessage(message);

parentPort?.on('message', async ({ id, name, args }: JobRequest) => {
  try {
    const job = jobs[name] as (...args: readonly unknown[]) => unknown;
    answer({ id, result: await job(...args) });
  } catch (thrown) {
    answer({ id, error: errnoOf(thrown) ?? String(thrown) });
  }
});

answer({ ready: true });
setTimeout(settleHeap, settledAfterMs).unref();
