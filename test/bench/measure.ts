/** Medians, tables, and what the kernel knows of a process. */

import { readFileSync } from 'node:fs';

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Times in /proc/PID/stat, from utime on, in microseconds. */
function processTimes(pid: number | 'self'): readonly number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map((ticks) => Number(ticks) * 10_000);
}

/** User and system time of a process so far, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const [user = 0, system = 0] = processTimes(pid);
  return user + system;
}

/** User and system time of all children that have ended so far, in microseconds. */
export function childrenMicroseconds(): number {
  const [, , user = 0, system = 0] = processTimes('self');
  return user + system;
}

export function rssMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

export interface Contender {
  readonly name: string;
  readonly ask: () => unknown;
  /** CPU time so far of who does it, in microseconds. */
  readonly cpu?: () => number;
}

export interface Turn {
  readonly ms: number;
  readonly cpuMs: number;
}

/** How long each takes, by its name: they take turns, and a first turn warms up what they share. */
export async function race(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Turn[]>> {
  const turns = new Map(contenders.map(({ name }) => [name, [] as Turn[]]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, ask, cpu = () => Number.NaN } of contenders) {
      const [began, cpuBegan] = [performance.now(), cpu()];
      await ask();
      const turn = { ms: performance.now() - began, cpuMs: (cpu() - cpuBegan) / 1000 };
      if (round >= 0) turns.get(name)?.push(turn);
    }
  }
  return turns;
}

export const medianMs = (turns: readonly Turn[] = []): number => median(turns.map(({ ms }) => ms));

/** The median of what each turn was of the turn of another beside it: a busy neighbour of this machine meets both. */
export const ratioOf = (turns: readonly Turn[] = [], others: readonly Turn[] = []): number =>
  median(turns.map(({ ms }, round) => ms / (others[round]?.ms ?? Number.NaN)));

export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  console.log(`\n${title}\n${line(head)}\n${rows.map(line).join('\n')}`);
}
