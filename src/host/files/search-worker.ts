/** The thread of searches, one after the other. A caller's patterns run in V8's linear engine. */

import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { openNative } from '../../base/native.ts';
import { diskUsage } from './disk-usage.ts';
import { searchNames } from './name-search.ts';
import { outcomeOf } from './outcome.ts';
import { withOpened } from './sandbox.ts';
import type { SearchProgress } from './search.ts';
import type { SearchMessage, SearchOrder, SearchThread } from './searches.ts';
import { searchText } from './text-search.ts';

setFlagsFromString('--enable-experimental-regexp-engine');

const { machine, held } = workerData as SearchThread;
const native = await openNative();
const kernel = { ...native.fileReader(held), changeDirectory: native.ownWorkingDirectory() };
const tell = (message: SearchMessage): void => parentPort?.postMessage(message);
const progress = (progress: SearchProgress): void => tell({ progress });

parentPort?.on('message', ({ rules, wish }: SearchOrder) => {
  const needs = { rules, progress, kernel };
  const outcome = outcomeOf(() =>
    withOpened(machine, rules, wish.path, (opened) => {
      switch (wish.kind) {
        case 'names':
          return searchNames(machine, opened, wish, needs);
        case 'text':
          return searchText(opened, wish, needs);
        case 'usage':
          return diskUsage(opened, wish, needs);
      }
    }),
  );
  tell({ outcome });
});
