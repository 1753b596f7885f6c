/** What changes seldom: the machine's name, kernel and operating system, and the kernel's own units. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanText } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';

export interface MachineFacts {
  /** uname(2): nodename. */
  readonly name: string;
  /** uname(2): release. */
  readonly kernel?: string;
  /** os-release(5): PRETTY_NAME, for people. */
  readonly os?: string;
  /** os-release(5): ID and VERSION_ID, for programs. */
  readonly osId?: string;
  readonly osVersion?: string;
}

/** The text of a file under the machine's root, or undefined where it can't be read. */
export function textOf(...path: readonly string[]): string | undefined {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return undefined;
  }
}

export function readMachineFacts(machine: MachineRoot): MachineFacts {
  const kernelFile = (name: string): string | undefined =>
    cleanText(textOf(machine.proc, 'sys/kernel', name)?.trim() ?? '', 255) || undefined;
  const release = parseOsRelease(
    textOf(machine.root, 'etc/os-release') ?? textOf(machine.root, 'usr/lib/os-release') ?? '',
  );
  const kernel = kernelFile('osrelease');
  const named = (key: string, member: 'os' | 'osId' | 'osVersion') => {
    const value = release.get(key);
    return value ? { [member]: cleanText(value, 255) } : {};
  };
  return {
    name: kernelFile('hostname') ?? 'localhost',
    ...(kernel === undefined ? {} : { kernel }),
    ...named('PRETTY_NAME', 'os'),
    ...named('ID', 'osId'),
    ...named('VERSION_ID', 'osVersion'),
  };
}

/** The text of /etc/os-release: shell assignments with or without quotes. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)) {
    const quoted = /^(["'])(.*)\1\s*$/.exec(value);
    values.set(key, quoted === null ? value.trim() : (quoted[2] ?? '').replace(/\\(["'$`\\])/g, '$1'));
  }
  return values;
}

export interface KernelUnits {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/** The content of /proc/self/auxv (getauxval(3)): pairs of two longs. arm64 kernels have pages of 4, 16 or 64 KiB. */
export function parseKernelUnits(auxv: Uint8Array): KernelUnits {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  const values = new Map<number, number>();
  for (let at = 0; at + 16 <= auxv.byteLength; at += 16) {
    values.set(Number(view.getBigUint64(at, true)), Number(view.getBigUint64(at + 8, true)));
  }
  return { pageBytes: values.get(AT_PAGESZ) ?? 4096, ticksPerSecond: values.get(AT_CLKTCK) ?? 100 };
}
