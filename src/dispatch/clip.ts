/** Keeps an answer within its size: cuts the longest lists, then the longest texts, and says so in the data. */

export interface Clipped {
  readonly data: Record<string, unknown>;
  /** The data as JSON, made once for every wire. */
  readonly json: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

interface Truncation {
  shown: number;
  total?: number;
  atLeast?: number;
  how: string;
}

type Container = Record<string, unknown> | unknown[];
type Found = { readonly holder: Container; readonly key: string | number; readonly bytes: number };

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** The largest list (or, with `texts`, the longest text) inside `value` that can still be cut. */
function largest(value: Container, texts: boolean): Found | undefined {
  let found: Found | undefined;
  const visit = (holder: Container): void => {
    for (const [key, child] of Object.entries(holder)) {
      if (key === 'truncated') continue;
      const fits = texts
        ? typeof child === 'string' && child.length > 256
        : Array.isArray(child) && child.length > 1;
      if (fits) {
        const size = sizeOf(child);
        if (found === undefined || size > found.bytes) found = { holder, key, bytes: size };
      }
      if (typeof child === 'object' && child !== null) visit(child as Container);
    }
  };
  visit(value);
  return found;
}

const put = (holder: Container, key: string | number, value: unknown): void => {
  (holder as Record<string | number, unknown>)[key] = value;
};

const get = (holder: Container, key: string | number): unknown =>
  (holder as Record<string | number, unknown>)[key];

/** What was whole, by its data: many are answered by the same object before something new is sampled. */
const whole = new WeakMap<Record<string, unknown>, Clipped>();

/**
 * @param data not changed by anyone from now on
 * @param limitBytes the most that the answer may take as JSON
 * @param rest how the caller gets what was left out
 */
export function clip(data: Record<string, unknown>, limitBytes: number, rest: string): Clipped {
  const made = whole.get(data);
  if (made !== undefined && made.bytes <= limitBytes) return made;
  let json = JSON.stringify(data);
  let bytes = Buffer.byteLength(json);
  if (bytes <= limitBytes) {
    const clipped = { data, json, bytes, truncated: 'truncated' in data };
    whole.set(data, clipped);
    return clipped;
  }

  const cut = structuredClone(data);
  const said = cut['truncated'] as Truncation | undefined;
  // While measuring, the numbers are as long as they can get.
  const truncation: Truncation = said ?? { shown: widest, total: widest, how: rest };
  cut['truncated'] = truncation;
  const before = new Map<Container, Map<string | number, number>>();
  // Each round takes at least a tenth off the largest part, so a bounded number of rounds is enough.
  for (let round = 0; round < 200 && bytes > limitBytes; round++) {
    const part = largest(cut, false) ?? largest(cut, true);
    if (part === undefined) break;
    shorten(part, Math.min(0.9, Math.max(0.1, 1 - (bytes - limitBytes) / part.bytes)), before);
    bytes = sizeOf(cut);
  }
  let shown = 0;
  let total = 0;
  for (const [holder, lengths] of before) {
    for (const [key, length] of lengths) {
      shown += lengthOf(get(holder, key));
      total += length;
    }
  }
  truncation.shown = shown;
  if (said === undefined) truncation.total = total;
  json = JSON.stringify(cut);
  return { data: cut, json, bytes: Buffer.byteLength(json), truncated: true };
}

const widest = Number.MAX_SAFE_INTEGER;

const lengthOf = (value: unknown): number =>
  Array.isArray(value) || typeof value === 'string' ? value.length : 0;

/** Keeps `keep` of the part and notes in `before` how long it was at first. */
function shorten(
  { holder, key }: Found,
  keep: number,
  before: Map<Container, Map<string | number, number>>,
): void {
  const value = get(holder, key);
  const lengths = before.get(holder) ?? new Map<string | number, number>();
  before.set(holder, lengths);
  if (!lengths.has(key)) lengths.set(key, lengthOf(value));
  if (Array.isArray(value)) {
    put(holder, key, value.slice(0, Math.max(1, Math.floor(value.length * keep))));
  } else if (typeof value === 'string') {
    put(holder, key, `${value.slice(0, Math.max(200, Math.floor(value.length * keep)))}…`);
  }
}
