/**
 * The hardware of the machine: its inventory, which is read once when it is first asked for and then kept, and what
 * changes, which is read each time.
 */

import { asProblem } from '../base/errors.ts';
import { type Crew, type CrewOptions, openCrew } from './crew.ts';
import type { Inventory, Missing } from './inventory.ts';
import { has, type Reading } from './reading.ts';
import type { Sensors } from './sensors.ts';
import type { Virtualization } from './virtualization.ts';

export const hardwareParts = [
  'cpu',
  'memory',
  'system',
  'disks',
  'graphics',
  'os',
  'virtualization',
  'sensors',
] as const;
export type HardwarePart = (typeof hardwareParts)[number];

/** What changes, or costs nothing to read. */
export interface HardwareNow {
  readonly sensors: Sensors;
  readonly virtualization: Virtualization;
}

/** A chosen part that is absent stands in `unavailable`. */
export interface HardwareStatus extends Omit<Inventory, 'missing'>, Partial<HardwareNow> {
  readonly unavailable: readonly Missing[];
}

export interface Hardware {
  /** Waits a few seconds at most for what is not yet read, and tells the rest then. Throws nothing. */
  status(chosen: readonly HardwarePart[]): Promise<HardwareStatus>;
}

export interface HardwareHandle extends Hardware {
  stuckThreads(): number;
  close(): void;
}

const nowDeadlineMs = 3_000;
const inventoryDeadlineMs = 60_000;

/** Less than the deadline of a call, so that the rest is answered. */
const waitMs = 8_000;

/** @param crew for what changes; the inventory has a worker of its own as long as it is read. */
export function openHardware(crew: Crew, options: CrewOptions): HardwareHandle {
  let own: Crew | undefined;
  let reading: Promise<Reading<Inventory>> | undefined;

  const read = async (): Promise<Reading<Inventory>> => {
    own ??= openCrew(options);
    try {
      const value = await own.run('readInventory', [], { deadlineMs: inventoryDeadlineMs });
      own.close();
      own = undefined;
      return { value };
    } catch (thrown) {
      // The next one who asks tries again.
      reading = undefined;
      const { cause, detail } = asProblem(thrown);
      options.onTrouble('the hardware cannot be read', { problem: detail, cause });
      return { reason: 'the programs that tell it failed; the log of the daemon says why' };
    }
  };

  const inventory = (): Promise<Reading<Inventory>> => {
    reading ??= read();
    return within(reading, waitMs, { reason: 'it is still being read; ask again in a few seconds' });
  };

  const now = async (): Promise<Reading<HardwareNow>> => {
    try {
      return { value: await crew.run('readHardwareNow', [], { deadlineMs: nowDeadlineMs }) };
    } catch (thrown) {
      return { reason: asProblem(thrown).detail };
    }
  };

  return {
    async status(chosen) {
      const keptParts = chosen.filter((part) => !isRead(part));
      const [kept, read] = await Promise.all([
        keptParts.length === 0 ? undefined : inventory(),
        keptParts.length === chosen.length ? undefined : now(),
      ]);
      const parts = [keptStatus(kept, keptParts), readStatus(read, chosen.filter(isRead))];
      return Object.assign({}, ...parts, { unavailable: parts.flatMap(({ unavailable }) => unavailable) });
    },
    stuckThreads: () => own?.stuck() ?? 0,
    close: () => own?.close(),
  };
}

const isRead = (part: HardwarePart): part is keyof HardwareNow =>
  part === 'sensors' || part === 'virtualization';

/** Which members of the inventory, and which of what it misses, belong to each part. */
const members: Readonly<Record<Exclude<HardwarePart, keyof HardwareNow>, readonly string[]>> = {
  cpu: ['cpu'],
  memory: ['memoryModules', 'memory modules'],
  system: ['system', 'board', 'bios', 'system, board, bios', 'serial numbers of system and board'],
  disks: ['disks'],
  graphics: ['graphics'],
  os: ['os'],
};

function keptStatus(
  kept: Reading<Inventory> | undefined,
  chosen: readonly Exclude<HardwarePart, keyof HardwareNow>[],
): HardwareStatus {
  if (kept === undefined) return { unavailable: [] };
  if (!has(kept)) return { unavailable: [{ part: chosen.join(', '), reason: kept.reason }] };
  const { missing, ...parts } = kept.value;
  const wanted = new Set(chosen.flatMap((part) => members[part]));
  const shown = Object.fromEntries(Object.entries(parts).filter(([name]) => wanted.has(name)));
  return { ...shown, unavailable: missing.filter(({ part }) => wanted.has(part)) };
}

function readStatus(
  read: Reading<HardwareNow> | undefined,
  chosen: readonly (keyof HardwareNow)[],
): HardwareStatus {
  if (read === undefined) return { unavailable: [] };
  if (!has(read)) return { unavailable: [{ part: chosen.join(', '), reason: read.reason }] };
  const { sensors, virtualization } = read.value;
  const hasSensors = sensors.temperatures.length + sensors.fans.length > 0;
  const asked = chosen.includes('sensors');
  return {
    ...(chosen.includes('virtualization') ? { virtualization } : {}),
    ...(asked && hasSensors ? { sensors } : {}),
    unavailable: asked && !hasSensors ? [{ part: 'sensors', reason: noSensors }] : [],
  };
}

const noSensors = 'sysfs shows none, as in most virtual machines';

/** What it resolves to, or `late` when that takes longer. */
async function within<T>(result: Promise<T>, ms: number, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([result, passed]);
  } finally {
    clearTimeout(timer);
  }
}
