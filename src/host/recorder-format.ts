/**
 * The form of the recorder's files: a header that says what is in them, and rows of a fixed size, each at the place
 * that its slot gives it. A row is valid when its slot and its check are right; anything else is a gap.
 *
 * A row is a sequence of 32-bit words: slot, samples in it, values as float32, check. A slot is the time in
 * seconds since the epoch divided by the interval; a row's place is its slot modulo the number of rows.
 */

import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { join } from 'node:path';
import { seriesNames } from './recorder-series.ts';

export interface HistorySettings {
  /** Seconds between two samples. */
  readonly intervalSeconds: number;
  /** Seconds that the samples, the minutes and the quarters of an hour are kept. */
  readonly keepSamplesSeconds: number;
  readonly keepMinutesSeconds: number;
  readonly keepQuartersSeconds: number;
}

export interface Tier {
  readonly name: 'samples' | 'minutes' | 'quarters';
  readonly file: string;
  readonly intervalSeconds: number;
  /** How many slots of the first tier one of this covers. */
  readonly samplesPerSlot: number;
  readonly rows: number;
  /** 1: the value itself. 3: all minima, then all means, then all maxima. */
  readonly parts: 1 | 3;
}

export const headerBytes = 4096;
export const magic = 'systemmanager-history';
const version = 1;

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export type Tiers = readonly [samples: Tier, minutes: Tier, quarters: Tier];

/** Finest first. An interval that does not divide a minute makes the coarser ones a little longer. */
export function tiersIn(folder: string, settings: HistorySettings): Tiers {
  const { intervalSeconds: every } = settings;
  const perMinute = Math.ceil(60 / every);
  const tier = (name: Tier['name'], samplesPerSlot: number, parts: Tier['parts'], keep: number): Tier => ({
    name,
    file: join(folder, `${name}.ring`),
    intervalSeconds: every * samplesPerSlot,
    samplesPerSlot,
    rows: Math.ceil(keep / (every * samplesPerSlot)),
    parts,
  });
  return [
    tier('samples', 1, 1, settings.keepSamplesSeconds),
    tier('minutes', perMinute, 3, settings.keepMinutesSeconds),
    tier('quarters', perMinute * 15, 3, settings.keepQuartersSeconds),
  ];
}

export const valuesIn = (tier: Tier): number => seriesNames.length * tier.parts;
export const rowWords = (tier: Tier): number => valuesIn(tier) + 3;
export const rowBytes = (tier: Tier): number => rowWords(tier) * 4;
export const fileBytes = (tier: Tier): number => headerBytes + tier.rows * rowBytes(tier);

export const slotAt = (tier: Tier, epochMs: number): number =>
  Math.floor(epochMs / 1000 / tier.intervalSeconds);

/** Two files with the same header mean the same by every byte that follows. */
export function headerOf(tier: Tier): Buffer {
  const schema = createHash('sha256').update(seriesNames.join('\n')).digest('hex').slice(0, 16);
  const { intervalSeconds, rows, parts } = tier;
  const says = { version, schema, intervalSeconds, rows, parts, isLittleEndian, series: seriesNames };
  const header = Buffer.alloc(headerBytes);
  header.write(`${magic}\n${JSON.stringify(says)}\n`);
  return header;
}

function checkOf(words: Uint32Array, from: number, length: number): number {
  let check = 0x811c9dc5;
  for (let at = from; at < from + length; at++) {
    check = Math.imul(check ^ (words[at] ?? 0), 0x9e3779b1);
    check ^= check >>> 15;
  }
  return check >>> 0;
}

/** One row in the form of the file. */
export function encodeRow(slot: number, samples: number, values: Float32Array): Uint8Array {
  const words = new Uint32Array(values.length + 3);
  words[0] = slot;
  words[1] = samples;
  new Float32Array(words.buffer, 8, values.length).set(values);
  words[words.length - 1] = checkOf(words, 0, words.length - 1);
  return new Uint8Array(words.buffer);
}

export type VisitRow = (slot: number, samples: number, values: Float32Array) => void;

const pieceBytes = 256 * 1024;

/** Calls `visit` for each valid row of the slots, oldest first. `values` is valid during the call alone. */
export function readRows(fd: number, tier: Tier, first: number, last: number, visit: VisitRow): void {
  const words = rowWords(tier);
  const most = Math.floor(pieceBytes / (words * 4));
  const from = Math.max(0, first, last - tier.rows + 1);
  const piece = new ArrayBuffer(Math.min(most, Math.max(1, last - from + 1)) * words * 4);
  const asWords = new Uint32Array(piece);
  const asValues = new Float32Array(piece);
  for (let slot = from; slot <= last; ) {
    const place = slot % tier.rows;
    const count = Math.min(most, last - slot + 1, tier.rows - place);
    const read = readSync(
      fd,
      new Uint8Array(piece, 0, count * words * 4),
      0,
      count * words * 4,
      headerBytes + place * words * 4,
    );
    for (let row = 0; row < Math.floor(read / (words * 4)); row++) {
      const at = row * words;
      if (asWords[at] !== slot + row || asWords[at + words - 1] !== checkOf(asWords, at, words - 1)) continue;
      visit(slot + row, asWords[at + 1] ?? 0, asValues.subarray(at + 2, at + words - 1));
    }
    slot += count;
  }
}
