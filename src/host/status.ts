/** The state of the whole machine, put together from what was sampled before anybody asked. */

import { cleanText } from '../base/clean-text.ts';
import { isoTime } from '../base/clock.ts';
import type { ContainerMemory } from './container-memory.ts';
import { type CpuUse, cpuUse, noProgress } from './cpu.ts';
import type { Load } from './load.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { Memory, Swap } from './memory.ts';
import type { MountState, MountStatus } from './mounts.ts';
import { type Traffic, traffic } from './network-counters.ts';
import { noPressure, type Pressure, type Stall } from './pressure.ts';
import type { ProcessRow } from './process-passes.ts';
import type { Ranking } from './rankings.ts';
import { known } from './rate.ts';
import { has, type Reading } from './reading.ts';
import type { NetworkView, Span } from './sampler.ts';
import type { Space } from './space.ts';

/** The parts of the answer that can be asked for. */
export const sections = Object.freeze([
  'system',
  'uptime',
  'cpu',
  'cores',
  'load',
  'memory',
  'swap',
  'pressure',
  'mounts',
  'network',
  'processes',
] as const);
export type Section = (typeof sections)[number];

export interface InterfaceRates {
  readonly name: string;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
}

/** `some`: at least one task waited; `full`: all that had work to do waited at once. */
export interface PressureRow extends Stall {
  readonly resource: 'cpu' | 'memory' | 'io';
  readonly waiting: 'some' | 'full';
}

export interface FileSystem extends Partial<Space> {
  readonly mountPoint: string;
  readonly device: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  readonly state: MountState;
  readonly reason?: string;
  /** ISO 8601; of a hung one. */
  readonly hungSince?: string;
}

/** Each section as it is answered. Times are ISO 8601 in UTC. */
export interface Sections {
  readonly system: Omit<MachineFacts, 'name'>;
  readonly uptime: { readonly uptimeSeconds: number; readonly bootedAt?: string };
  readonly cpu: CpuUse & { readonly cores: number };
  readonly cores: readonly (CpuUse & { readonly core: number })[];
  readonly load: Load;
  readonly memory: Memory & { readonly container?: ContainerMemory };
  readonly swap: Swap;
  readonly pressure: readonly PressureRow[];
  readonly mounts: { readonly sampledAt: string; readonly fileSystems: readonly FileSystem[] };
  readonly network: {
    readonly view: NetworkView;
    readonly interfaces: number;
    readonly busiest: readonly InterfaceRates[];
  };
  readonly processes: {
    readonly sampledAt: string;
    readonly intervalMs?: number;
    readonly total: number;
    readonly byCpu?: readonly ProcessRow[];
    readonly byMemory: readonly ProcessRow[];
  };
}

export interface SystemStatus {
  readonly sampledAt: string;
  /** Over which the rates and percentages were measured. */
  readonly intervalMs: number;
  readonly sections: Partial<Sections>;
  readonly unavailable: readonly { readonly section: Section; readonly reason: string }[];
}

/** All that was sampled, as it stands now. */
export interface Sampled {
  readonly span: Span;
  readonly facts: MachineFacts;
  readonly mounts: readonly MountStatus[] | undefined;
  readonly ranking: Ranking | undefined;
}

const busiestInterfaces = 5;

const readers: { readonly [S in Section]: (sampled: Sampled) => Reading<Sections[S]> } = {
  system: ({ facts: { name: _, ...system } }) => ({ value: system }),
  uptime: readUptime,
  cpu: readCpu,
  cores: readCores,
  load: ({ span }) => span.after.load,
  memory: readMemory,
  swap: ({ span: { after } }) => (has(after.memory) ? { value: after.memory.value.swap } : after.memory),
  pressure: readPressure,
  mounts: readMounts,
  network: readNetwork,
  processes: readProcesses,
};

/** What was worked out of the samples at hand, for all who ask before the next one. */
let lately: { readonly sampled: Sampled; readonly answers: Map<string, SystemStatus> } | undefined;

const same = (a: Sampled, b: Sampled): boolean =>
  a.span.before === b.span.before &&
  a.span.after === b.span.after &&
  a.facts === b.facts &&
  a.mounts === b.mounts &&
  a.ranking === b.ranking;

/**
 * Reads nothing but memory. A section that this machine can't answer is named with the reason.
 * @returns the same object as long as nothing new was sampled.
 */
export function systemStatus(sampled: Sampled, chosen: readonly Section[]): SystemStatus {
  if (lately === undefined || !same(lately.sampled, sampled)) lately = { sampled, answers: new Map() };
  const { answers } = lately;
  const key = chosen.join();
  const made = answers.get(key);
  if (made !== undefined) return made;
  const answer = workOut(sampled, chosen);
  answers.set(key, answer);
  return answer;
}

function workOut(sampled: Sampled, chosen: readonly Section[]): SystemStatus {
  const answered: Record<string, unknown> = {};
  const unavailable: { section: Section; reason: string }[] = [];
  for (const section of sections.filter((name) => chosen.includes(name))) {
    const reading: Reading<unknown> = readers[section](sampled);
    if (has(reading)) answered[section] = reading.value;
    else unavailable.push({ section, reason: reading.reason });
  }
  return {
    sampledAt: isoTime(sampled.span.after.takenAtMs),
    intervalMs: Math.round(sampled.span.intervalMs),
    sections: answered,
    unavailable,
  };
}

function readUptime({ span: { after } }: Pick<Sampled, 'span'>): Reading<Sections['uptime']> {
  if (!has(after.uptime)) return after.uptime;
  const bootedAtSeconds = has(after.cpu) ? after.cpu.value.bootedAtSeconds : undefined;
  return {
    value: {
      uptimeSeconds: Math.floor(after.uptime.value),
      ...(bootedAtSeconds === undefined ? {} : { bootedAt: isoTime(bootedAtSeconds * 1000) }),
    },
  };
}

function readMemory({ span: { after } }: Pick<Sampled, 'span'>): Reading<Sections['memory']> {
  if (!has(after.memory)) return after.memory;
  return { value: { ...after.memory.value.memory, ...known({ container: after.containerMemory }) } };
}

function readCpu({ span: { before, after } }: Pick<Sampled, 'span'>): Reading<Sections['cpu']> {
  if (!has(after.cpu)) return after.cpu;
  const use = has(before.cpu) ? cpuUse(before.cpu.value.total, after.cpu.value.total) : undefined;
  return use === undefined
    ? { reason: noProgress }
    : { value: { ...use, cores: after.cpu.value.cores.size } };
}

/** A core that was offline at one of the two samples has no use to show. */
function readCores({ span: { before, after } }: Pick<Sampled, 'span'>): Reading<Sections['cores']> {
  if (!has(after.cpu)) return after.cpu;
  const earlier = has(before.cpu) ? before.cpu.value.cores : new Map();
  const rows = [...after.cpu.value.cores].flatMap(([core, times]) => {
    const use = earlier.has(core) ? cpuUse(earlier.get(core), times) : undefined;
    return use === undefined ? [] : [{ core, ...use }];
  });
  return rows.length === 0 ? { reason: noProgress } : { value: rows };
}

function readPressure({ span: { after } }: Pick<Sampled, 'span'>): Reading<Sections['pressure']> {
  const rows = [
    ...pressureRows('cpu', after.cpuPressure),
    ...pressureRows('memory', after.memoryPressure),
    ...pressureRows('io', after.ioPressure),
  ];
  if (rows.length > 0 || has(after.cpuPressure)) return { value: rows };
  return { reason: noPressure(after.cpuPressure.reason) };
}

function pressureRows(
  resource: PressureRow['resource'],
  pressure: Reading<Pressure>,
): readonly PressureRow[] {
  if (!has(pressure)) return [];
  const { some, full } = pressure.value;
  const row = (waiting: PressureRow['waiting'], stall: Stall): PressureRow => ({
    resource,
    waiting,
    ...stall,
  });
  return [row('some', some), ...(full === undefined ? [] : [row('full', full)])];
}

function readMounts({ mounts, span }: Sampled): Reading<Sections['mounts']> {
  if (mounts === undefined) return { reason: 'the mounts have not been read yet' };
  const oldest = Math.min(...mounts.filter(({ state }) => state === 'ok').map((row) => row.askedAtMs));
  return {
    value: {
      sampledAt: isoTime(Number.isFinite(oldest) ? oldest : span.after.takenAtMs),
      fileSystems: mounts.map(fileSystem).sort(mostUrgentFirst),
    },
  };
}

const urgencyOf = ({ state, usedPercent = 0 }: FileSystem): number => (state === 'ok' ? usedPercent : 101);

/** The hung and the fullest, for they are what is looked for. */
export const mostUrgentFirst = (a: FileSystem, b: FileSystem): number => urgencyOf(b) - urgencyOf(a);

export const fileSystem = ({ mount, state, reason, space, askedAtMs }: MountStatus): FileSystem => ({
  mountPoint: cleanText(mount.mountPoint, 1024),
  device: cleanText(mount.device, 255),
  fsType: cleanText(mount.fsType, 64),
  readOnly: mount.readOnly,
  state,
  ...(reason === undefined ? {} : { reason: cleanText(reason, 255) }),
  ...(state === 'hung' ? { hungSince: isoTime(askedAtMs) } : {}),
  ...space,
});

/** There is no sum: what goes through a bridge or a bond is counted by its members too. */
function readNetwork({
  span: { before, after, intervalMs },
}: Pick<Sampled, 'span'>): Reading<Sections['network']> {
  if (!has(after.network)) return after.network;
  const { view, interfaces } = after.network.value;
  const earlier = has(before.network) ? before.network.value.interfaces : undefined;
  const rates = [...interfaces].flatMap(([name, counters]): InterfaceRates[] => {
    const rate = (way: 'received' | 'sent'): Traffic =>
      traffic(earlier?.get(name)?.[way], counters[way], intervalMs);
    const received = rate('received').bytesPerSecond;
    const sent = rate('sent').bytesPerSecond;
    if (name === 'lo' || received === undefined || sent === undefined) return [];
    return [{ name: cleanText(name, 64), receivedBytesPerSecond: received, sentBytesPerSecond: sent }];
  });
  const bytes = (row: InterfaceRates): number => row.receivedBytesPerSecond + row.sentBytesPerSecond;
  return {
    value: {
      view,
      interfaces: interfaces.size,
      busiest: rates.sort((a, b) => bytes(b) - bytes(a)).slice(0, busiestInterfaces),
    },
  };
}

function readProcesses({ ranking }: Sampled): Reading<Sections['processes']> {
  if (ranking === undefined) return { reason: 'the first pass through the processes is not over yet' };
  const { total, intervalMs, byCpu, byMemory } = ranking.pass;
  return {
    value: {
      sampledAt: isoTime(ranking.sampledAtMs),
      total,
      ...known({ intervalMs, byCpu: byCpu?.map(cleanRow) }),
      byMemory: byMemory.map(cleanRow),
    },
  };
}

const cleanRow = (row: ProcessRow): ProcessRow => ({
  ...row,
  name: cleanText(row.name, 64),
  user: cleanText(row.user, 64),
  ...(row.unit === undefined ? {} : { unit: cleanText(row.unit, 255) }),
});
