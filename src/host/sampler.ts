/**
 * Takes the counters of the kernel once a second and keeps the last few. Whoever asks gets what was taken: nothing
 * but the clock starts a sample.
 */

import type { Clock } from '../base/clock.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { type ContainerMemory, openContainerMemory } from './container-memory.ts';
import { type CpuCounters, parseCpu } from './cpu.ts';
import { type DisksCounters, parseDisks } from './disk-io.ts';
import { type Load, parseLoad } from './load.ts';
import { type MemoryAndSwap, parseMemory } from './memory.ts';
import { type NetworkCounters, parseNetworkCounters } from './network-counters.ts';
import { type Pressure, parsePressure } from './pressure.ts';
import { keepProcFile, type Reading } from './reading.ts';
import { parseUptime } from './uptime.ts';

/** `host`: the machine's own network, seen through its first process; `own`: what this process has of it. */
export type NetworkView = 'host' | 'own';

export interface NetworkSample {
  readonly view: NetworkView;
  readonly interfaces: NetworkCounters;
}

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  readonly cpu: Reading<CpuCounters>;
  readonly memory: Reading<MemoryAndSwap>;
  /** Absent where no container limits it. */
  readonly containerMemory: ContainerMemory | undefined;
  readonly load: Reading<Load>;
  readonly cpuPressure: Reading<Pressure>;
  readonly memoryPressure: Reading<Pressure>;
  readonly ioPressure: Reading<Pressure>;
  readonly network: Reading<NetworkSample>;
  readonly disks: Reading<DisksCounters>;
  /** Seconds. */
  readonly uptime: Reading<number>;
}

/** Two samples between which rates are measured. */
export interface Span {
  readonly before: Sample;
  readonly after: Sample;
  readonly intervalMs: number;
}

export interface Sampler {
  /** The newest sample and the oldest kept one, which is about five seconds older. */
  span(): Span;
  /** Takes one more sample. Called by the clock alone. */
  sample(): void;
  samplesTaken(): number;
  close(): void;
}

export const sampleEveryMs = 1000;

/** The network as the machine's first process sees it. */
const hostNetwork = '1/net/dev';

/** Five intervals: at 100 ticks a second and core, a tick is then 0.2 percent of a core. */
const kept = 6;

/** Opens the files and takes the first sample. Throws nothing: what a machine lacks is a reason in the sample. */
export function openSampler(machine: MachineRoot, clock: Clock): Sampler {
  const keep = <T>(name: string, parse: (text: string) => T | undefined) =>
    keepProcFile(machine, [name], parse);
  const files = {
    cpu: keep('stat', parseCpu),
    memory: keep('meminfo', parseMemory),
    load: keep('loadavg', parseLoad),
    cpuPressure: keep('pressure/cpu', parsePressure),
    memoryPressure: keep('pressure/memory', parsePressure),
    ioPressure: keep('pressure/io', parsePressure),
    network: keepProcFile(machine, [hostNetwork, 'net/dev'], (text, name): NetworkSample | undefined => {
      const interfaces = parseNetworkCounters(text);
      return interfaces && { view: name === hostNetwork ? 'host' : 'own', interfaces };
    }),
    disks: keep('diskstats', parseDisks),
    uptime: keep('uptime', parseUptime),
  };

  const containerMemory = openContainerMemory(machine);

  const take = (): Sample => ({
    takenAtMs: clock.now(),
    monotonicMs: clock.monotonicMs(),
    cpu: files.cpu.read(),
    memory: files.memory.read(),
    containerMemory: containerMemory(),
    load: files.load.read(),
    cpuPressure: files.cpuPressure.read(),
    memoryPressure: files.memoryPressure.read(),
    ioPressure: files.ioPressure.read(),
    network: files.network.read(),
    disks: files.disks.read(),
    uptime: files.uptime.read(),
  });

  let newest = take();
  let taken = 1;
  const ring: Sample[] = [newest];
  const timer = setInterval(() => sampler.sample(), sampleEveryMs);
  timer.unref();

  const sampler: Sampler = {
    span() {
      const before = ring[0] ?? newest;
      return { before, after: newest, intervalMs: newest.monotonicMs - before.monotonicMs };
    },
    sample() {
      newest = take();
      taken += 1;
      ring.push(newest);
      if (ring.length > kept) ring.shift();
    },
    samplesTaken: () => taken,
    close() {
      clearInterval(timer);
      for (const file of Object.values(files)) file.close();
    },
  };
  return sampler;
}
