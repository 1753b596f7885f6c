/** Starts a thread of this program: from its TypeScript where the sources run, from beside the bundle where that runs. */

import { Worker } from 'node:worker_threads';

export interface WorkerStart {
  /** Without `.ts`, beside the module that starts it. */
  readonly file: string;
  /** That module's `import.meta.url`. */
  readonly beside: string;
  /** As the thread is called in the process's own lists. */
  readonly name: string;
  readonly data: unknown;
  readonly memoryMegabytes: { readonly old: number; readonly young: number };
}

/** Node.js itself reads a worker's TypeScript: before 22.18 it must be told to, and no loader reaches a worker there. */
const sourceFlags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];

/** It has neither environment nor arguments, and its descriptors are closed when it ends, however it ends. */
export function startWorker({
  file,
  beside,
  name,
  data,
  memoryMegabytes: { old, young },
}: WorkerStart): Worker {
  const isSource = beside.endsWith('.ts');
  // In a bundle it stands beside the main file, and this module may stand one folder lower.
  const url = isSource
    ? new URL(`./${file}.ts`, beside)
    : new URL(`${file}.mjs`, beside.replace(/chunks\/[^/]*$/, ''));
  return new Worker(url, {
    name,
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young },
    env: {},
    argv: [],
    ...(isSource ? { execArgv: sourceFlags } : {}),
  });
}
