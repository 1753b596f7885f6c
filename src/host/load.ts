/** The load average, from /proc/loadavg. */

/** proc(5): tasks that run or wait for a disk, averaged over 1, 5 and 15 minutes. */
export interface Load {
  readonly oneMinute: number;
  readonly fiveMinutes: number;
  readonly fifteenMinutes: number;
  /** Threads that run or could run at this moment, of all there are. */
  readonly runnableThreads: number;
  readonly threads: number;
}

/** The text of /proc/loadavg; undefined for anything else. */
export function parseLoad(text: string): Load | undefined {
  const found = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) (\d+)\/(\d+)\b/.exec(text);
  if (found === null) return undefined;
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0, runnableThreads = 0, threads = 0] = found
    .slice(1)
    .map(Number);
  return { oneMinute, fiveMinutes, fifteenMinutes, runnableThreads, threads };
}
