/** What a file of the kernel said, or why it says nothing here; and the files that are kept open for it. */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import type { MachineRoot } from '../base/machine-root.ts';

/** A value, or the reason why there is none, in words that may be shown. */
export type Reading<T> = { readonly value: T } | { readonly reason: string };

export const has = <T>(reading: Reading<T>): reading is { readonly value: T } => 'value' in reading;

/** One or more places for the same facts, read again and again without being opened again. */
export interface KeptFile<T> {
  /** Reads the first place that can be read. Never throws. */
  read(): Reading<T>;
  close(): void;
}

const closed = -1;
const firstBufferBytes = 16 * 1024;

/** More than any file of /proc that is read so; a stop for one that never ends. */
const longestBytes = 4 * 1024 * 1024;

/** One buffer for all: it grows to the longest file there is and is read out before the next one needs it. */
let buffer = Buffer.allocUnsafe(firstBufferBytes);

/**
 * @param names where the facts stand under /proc, best place first
 * @param parse takes the whole text and the name of its place; undefined when it holds nothing of the kind
 */
export function keepProcFile<T>(
  machine: MachineRoot,
  names: readonly string[],
  parse: (text: string, name: string) => T | undefined,
): KeptFile<T> {
  const descriptors = names.map(() => closed);

  const close = (place: number): void => {
    const fd = descriptors[place] ?? closed;
    if (fd !== closed) closeSync(fd);
    descriptors[place] = closed;
  };

  const textAt = (name: string, place: number): string => {
    const kept = descriptors[place] ?? closed;
    const fd = kept === closed ? openSync(join(machine.proc, name), 'r') : kept;
    descriptors[place] = fd;
    return readWhole(fd);
  };

  const textAgain = (name: string, place: number): string => {
    try {
      return textAt(name, place);
    } catch (thrown) {
      const wasOpen = descriptors[place] !== closed;
      close(place);
      if (!wasOpen) throw thrown;
      // ESRCH, ENODEV: what the descriptor stood for is gone, its successor stands at the same place.
      return textAt(name, place);
    }
  };

  return {
    read() {
      let reason = '';
      for (const [place, name] of names.entries()) {
        try {
          const value = parse(textAgain(name, place), name);
          if (value !== undefined) return { value };
          reason ||= `/proc/${name} has an unknown form`;
        } catch (thrown) {
          close(place);
          reason ||= `/proc/${name} cannot be read: ${errnoOf(thrown) ?? 'unknown error'}`;
        }
      }
      return { reason };
    },
    close() {
      for (const place of names.keys()) close(place);
    },
  };
}

/** The kernel hands out long files in pieces of a page or so, and a read of nothing is the end. */
function readWhole(fd: number): string {
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      if (length >= longestBytes) break;
      buffer = Buffer.concat([buffer], length * 2);
    }
    const read = readSync(fd, buffer, length, buffer.length - length, length);
    if (read === 0) break;
    length += read;
  }
  return buffer.toString('utf8', 0, length);
}
