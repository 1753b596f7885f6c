/** Pressure stall information: how long work waited for a resource (the kernel's Documentation/accounting/psi.rst). */

/** Share of the time, percent, averaged over the last 10, 60 and 300 seconds. */
export interface Stall {
  readonly avg10Percent: number;
  readonly avg60Percent: number;
  readonly avg300Percent: number;
}

export interface Pressure {
  /** At least one task waited. */
  readonly some: Stall;
  /** All that had work to do waited at once; absent where the kernel doesn't tell (for the CPU before Linux 5.13). */
  readonly full?: Stall;
}

/** @param reason why its file can't be read */
export const noPressure = (reason: string): string =>
  `this kernel keeps no pressure stall information (${reason})`;

/** The text of one file of /proc/pressure; undefined for anything else. */
export function parsePressure(text: string): Pressure | undefined {
  const some = stall(text, 'some');
  const full = stall(text, 'full');
  if (some === undefined) return undefined;
  return { some, ...(full === undefined ? {} : { full }) };
}

function stall(text: string, kind: 'some' | 'full'): Stall | undefined {
  const line = new RegExp(`^${kind} avg10=(\\d+\\.\\d+) avg60=(\\d+\\.\\d+) avg300=(\\d+\\.\\d+) `, 'm');
  const found = line.exec(text);
  if (found === null) return undefined;
  const [avg10Percent = 0, avg60Percent = 0, avg300Percent = 0] = found.slice(1).map(Number);
  return { avg10Percent, avg60Percent, avg300Percent };
}
