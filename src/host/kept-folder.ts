/** A folder of small files of the kernel that are read again and again: each of them stays open. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

export interface KeptFolder {
  /** The whole text at this moment; undefined where it cannot be read. */
  text(name: string): string | undefined;
  close(): void;
}

/** One for all: it is read out before the next file needs it. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/** For files that the kernel writes out in one piece, as those of cgroups are: what ends early ends there. */
export function keepFolder(folder: string): KeptFolder {
  const descriptors = new Map<string, number>();

  const textAt = (name: string): string | undefined => {
    const path = `${folder}/${name}`;
    try {
      const fd = descriptors.get(name) ?? openSync(path, 'r');
      descriptors.set(name, fd);
      const length = readSync(fd, buffer, 0, buffer.length, 0);
      return length < buffer.length ? buffer.toString('utf8', 0, length) : readFileSync(path, 'utf8');
    } catch {
      const fd = descriptors.get(name);
      if (fd !== undefined) closeSync(fd);
      descriptors.delete(name);
      return undefined;
    }
  };

  return {
    text(name) {
      const wasOpen = descriptors.has(name);
      // ESRCH, ENODEV: what it stood for is gone, its successor stands at the same place.
      return textAt(name) ?? (wasOpen ? textAt(name) : undefined);
    },
    close() {
      for (const fd of descriptors.values()) closeSync(fd);
      descriptors.clear();
    },
  };
}
