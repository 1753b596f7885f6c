/** Medians, tables, and what the kernel knows of a process. */

import { readFileSync } from 'node:fs';

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** User and system time of a process so far, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

export function rssMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

export interface Contender {
  readonly name: string;
  readonly ask: () => unknown;
}

/** How long each takes in milliseconds, by its name: they take turns, and a first turn warms up what they share. */
export async function race(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const times = contenders.map(() => [] as number[]);
  for (let round = -1; round < rounds; round++) {
    for (const [at, { ask }] of contenders.entries()) {
      const began = performance.now();
      await ask();
      if (round >= 0) times[at]?.push(performance.now() - began);
    }
  }
  return new Map(contenders.map(({ name }, at) => [name, median(times[at] ?? [])]));
}

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
