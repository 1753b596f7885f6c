/** The end of a process that may have threads which never end. */

import { openNative } from '../base/native.ts';

/** An ordinary exit waits for every thread, also for one that hangs in the kernel, on a dead mount for instance. */
export async function endDespite(stuckThreads: number): Promise<void> {
  if (stuckThreads > 0) (await openNative()).exitAtOnce(0);
}
