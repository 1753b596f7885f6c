/** How many rows an answer has room for. */

/** The first of the rows that take at most so many bytes as JSON, and one at least. */
export function fitting<T>(rows: Iterable<T>, mostBytes: number): T[] {
  const shown: T[] = [];
  let left = mostBytes;
  for (const row of rows) {
    left -= Buffer.byteLength(JSON.stringify(row)) + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(row);
  }
  return shown;
}
