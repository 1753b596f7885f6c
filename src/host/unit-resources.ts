/** What a unit uses, from the files of its control group; for the worker alone. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { known } from './rate.ts';

/** Absent is what the kernel does not account for this unit. Counters are since its control group was made. */
export interface UnitResources {
  /** v2 memory.current, v1 memory.usage_in_bytes; the page cache is in it. */
  readonly memoryBytes?: number;
  /** v2 memory.peak (Linux 5.19), v1 memory.max_usage_in_bytes. */
  readonly memoryPeakBytes?: number;
  /** v2 memory.max, v1 memory.limit_in_bytes; absent where there is no limit of its own. */
  readonly memoryLimitBytes?: number;
  /** v2 memory.events oom_kill, v1 memory.oom_control. */
  readonly oomKills?: number;
  /** v2 cpu.stat usage_usec, v1 cpuacct.usage. */
  readonly cpuTimeMs?: number;
  /** cpu.stat: for how long the CPU quota held it up. */
  readonly cpuThrottledMs?: number;
  /** pids.current: processes and threads. */
  readonly tasks?: number;
  /** pids.max. */
  readonly tasksLimit?: number;
  /** v2 io.stat, v1 blkio.throttle.io_service_bytes; all devices together. */
  readonly ioReadBytes?: number;
  readonly ioWrittenBytes?: number;
}

/** @param path of the control group, as systemd's ControlGroup names it */
export function readUnitResources(machine: MachineRoot, path: string): UnitResources {
  if (!path.startsWith('/') || path.split('/').includes('..')) return {};
  const root = join(machine.sys, 'fs/cgroup');
  return existsSync(join(root, 'cgroup.controllers')) ? readUnified(root, path) : readLegacy(root, path);
}

function readUnified(root: string, path: string): UnitResources {
  const file = (name: string) => textOf(root, path, name);
  const cpu = file('cpu.stat');
  const io = parseIoStat(file('io.stat'));
  return known({
    memoryBytes: parseNumber(file('memory.current')),
    memoryPeakBytes: parseNumber(file('memory.peak')),
    memoryLimitBytes: parseNumber(file('memory.max')),
    oomKills: keyed(file('memory.events'), 'oom_kill'),
    cpuTimeMs: toMs(keyed(cpu, 'usage_usec'), 1e3),
    cpuThrottledMs: toMs(keyed(cpu, 'throttled_usec'), 1e3),
    tasks: parseNumber(file('pids.current')),
    tasksLimit: parseNumber(file('pids.max')),
    ioReadBytes: io?.readBytes,
    ioWrittenBytes: io?.writtenBytes,
  });
}

/** Each controller has a tree of its own; in the hybrid layout as well. */
function readLegacy(root: string, path: string): UnitResources {
  const file = (controller: string, name: string) => textOf(root, controller, path, name);
  const io = parseServiceBytes(file('blkio', 'blkio.throttle.io_service_bytes'));
  return known({
    memoryBytes: parseNumber(file('memory', 'memory.usage_in_bytes')),
    memoryPeakBytes: parseNumber(file('memory', 'memory.max_usage_in_bytes')),
    memoryLimitBytes: parseNumber(file('memory', 'memory.limit_in_bytes')),
    oomKills: keyed(file('memory', 'memory.oom_control'), 'oom_kill'),
    cpuTimeMs: toMs(parseNumber(file('cpuacct', 'cpuacct.usage')), 1e6),
    cpuThrottledMs: toMs(keyed(file('cpu', 'cpu.stat'), 'throttled_time'), 1e6),
    tasks: parseNumber(file('pids', 'pids.current')),
    tasksLimit: parseNumber(file('pids', 'pids.max')),
    ioReadBytes: io?.readBytes,
    ioWrittenBytes: io?.writtenBytes,
  });
}

const toMs = (value: number | undefined, perMs: number): number | undefined =>
  value === undefined ? undefined : Math.round(value / perMs);

/** One number; `max` is none, and so is the largest page-aligned one, by which v1 says the same. */
export function parseNumber(text: string | undefined): number | undefined {
  const value = /^\d+$/.test(text?.trim() ?? '') ? Number(text) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

/** Flat keyed files: the number in the line `KEY NUMBER`. */
export function keyed(text: string | undefined, key: string): number | undefined {
  const lines = `\n${text}`;
  const at = lines.indexOf(`\n${key} `);
  return at === -1 ? undefined : parseNumber(lines.slice(at + key.length + 2, lines.indexOf('\n', at + 1)));
}

interface IoBytes {
  readonly readBytes: number;
  readonly writtenBytes: number;
}

const sum = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);

/** io.stat: `MAJOR:MINOR rbytes=… wbytes=… …` a device; empty where nothing was read or written. */
export const parseIoStat = (text: string | undefined): IoBytes | undefined =>
  text === undefined
    ? undefined
    : { readBytes: sum(text, /\brbytes=(\d+)/g), writtenBytes: sum(text, /\bwbytes=(\d+)/g) };

/** blkio.throttle.io_service_bytes: `MAJOR:MINOR Read N` and `… Write N` lines. */
export const parseServiceBytes = (text: string | undefined): IoBytes | undefined =>
  text === undefined
    ? undefined
    : { readBytes: sum(text, /^\S+ Read (\d+)$/gm), writtenBytes: sum(text, /^\S+ Write (\d+)$/gm) };
