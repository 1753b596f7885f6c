/** The thread in which a caller's pattern runs: V8's linear engine, on by a flag that is set before it compiles. */

import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { MatchAnswer } from './linear-regexp.ts';

setFlagsFromString('--enable-experimental-regexp-engine');

const answer = (message: MatchAnswer): void => parentPort?.postMessage(message);

try {
  const pattern = new RegExp(workerData as string, 'l');
  parentPort?.on('message', (texts: readonly string[]) => {
    answer({ matches: texts.map((text) => pattern.test(text)) });
  });
  answer({ ready: true });
} catch (thrown) {
  answer({ refused: String(thrown) });
}
