/** What the machine is made of, in our words, from what the library `systeminformation` found out. Pure. */

import type { Systeminformation } from 'systeminformation';
import { cleanLine } from '../base/clean-text.ts';

/** As the library says it, with whether it could ask as root. */
export interface FoundInventory {
  readonly asRoot: boolean;
  /** What the device tree calls the machine (/proc/device-tree/model): boards have one in place of a DMI table. */
  readonly board?: string;
  readonly cpu: Systeminformation.CpuData;
  readonly system: Systeminformation.SystemData;
  readonly baseboard: Systeminformation.BaseboardData;
  readonly bios: Systeminformation.BiosData;
  readonly memLayout: readonly Systeminformation.MemLayoutData[];
  readonly diskLayout: readonly Systeminformation.DiskLayoutData[];
  readonly graphics: Pick<Systeminformation.GraphicsData, 'controllers'>;
  readonly osInfo: Systeminformation.OsData;
}

export interface Cpu {
  readonly vendor?: string;
  readonly model?: string;
  readonly sockets?: number;
  readonly physicalCores?: number;
  /** Hardware threads. */
  readonly threads?: number;
  readonly minMHz?: number;
  readonly maxMHz?: number;
  readonly l2Bytes?: number;
  readonly l3Bytes?: number;
}

export interface MemoryModule {
  readonly slot?: string;
  readonly sizeBytes: number;
  readonly type?: string;
  readonly formFactor?: string;
  /** Millions of transfers a second, as dmidecode(8) calls it. */
  readonly speedMtPerSecond?: number;
  readonly manufacturer?: string;
  readonly partNumber?: string;
  readonly serialNumber?: string;
}

/** The machine, its board or its firmware as the DMI table names them. */
export interface Identity {
  readonly vendor?: string;
  readonly model?: string;
  readonly version?: string;
  readonly serialNumber?: string;
  readonly releaseDate?: string;
}

export interface Disk {
  readonly device?: string;
  readonly type?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly interface?: string;
  readonly sizeBytes?: number;
  readonly firmware?: string;
  readonly serialNumber?: string;
}

export interface Graphics {
  readonly vendor?: string;
  readonly model?: string;
  readonly bus?: string;
  readonly memoryBytes?: number;
}

export interface OperatingSystem {
  readonly name?: string;
  readonly version?: string;
  readonly codename?: string;
  readonly kernel?: string;
  readonly architecture?: string;
  readonly uefi?: boolean;
}

/** A part of the hardware that is not told, and why. */
export interface Missing {
  readonly part: string;
  readonly reason: string;
}

/** A part that is absent stands in `missing`. */
export interface Inventory {
  readonly cpu?: Cpu;
  readonly memoryModules?: readonly MemoryModule[];
  readonly system?: Identity;
  readonly board?: Identity;
  readonly bios?: Identity;
  readonly disks?: readonly Disk[];
  readonly graphics?: readonly Graphics[];
  readonly os?: OperatingSystem;
  readonly missing: readonly Missing[];
}

/** What makers and the library write where they know nothing. */
const nothing =
  /^(?:-+|n\/?a|none|null|unknown|undefined|default string|not (?:specified|available|applicable|provided|present)|to be filled by o\.?e\.?m\.?|system (?:manufacturer|product name|version|serial number)|computer|docker container|x{4,}|0+|)$/i;

type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Without what is not known: words that say nothing, and numbers that are zero. */
function telling(facts: Facts): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'string') {
      const clean = cleanLine(value, 128).trim();
      if (!nothing.test(clean)) kept[name] = clean;
    } else if (typeof value === 'boolean' || (typeof value === 'number' && value > 0)) {
      kept[name] = value;
    }
  }
  return kept;
}

const mebibyte = 1024 * 1024;

export function inventoryOf(found: FoundInventory): Inventory {
  const parts = {
    cpu: cpuOf(found.cpu),
    memoryModules: found.memLayout.filter(isModule).map(moduleOf),
    system: { ...telling({ model: found.board }), ...identityOf(found.system, found.system.manufacturer) },
    board: identityOf(found.baseboard, found.baseboard.manufacturer),
    bios: telling({
      vendor: found.bios.vendor,
      version: found.bios.version,
      releaseDate: found.bios.releaseDate,
    }),
    disks: found.diskLayout.map(diskOf),
    graphics: found.graphics.controllers.map(graphicsOf),
    os: osOf(found.osInfo),
  };
  const isThere = ([, part]: readonly [string, object]): boolean => Object.keys(part).length > 0;
  const present = Object.fromEntries(Object.entries(parts).filter(isThere));
  return { ...present, missing: missingOf(present, found) };
}

const cpuOf = (cpu: Systeminformation.CpuData): Cpu =>
  telling({
    vendor: cpu.manufacturer,
    model: cpu.brand,
    sockets: cpu.processors,
    physicalCores: cpu.physicalCores,
    threads: cpu.cores,
    minMHz: Math.round(cpu.speedMin * 1000),
    maxMHz: Math.round(cpu.speedMax * 1000),
    l2Bytes: cpu.cache.l2,
    l3Bytes: cpu.cache.l3,
  });

/** An empty slot has no size. Where dmidecode(8) says nothing the library makes one nameless module of all memory. */
const isModule = ({ size, type, bank, formFactor }: Systeminformation.MemLayoutData): boolean =>
  size > 0 && `${type}${bank}${formFactor}` !== '';

const moduleOf = (module: Systeminformation.MemLayoutData): MemoryModule => ({
  sizeBytes: module.size,
  ...telling({
    slot: module.bank,
    type: module.type,
    formFactor: module.formFactor,
    speedMtPerSecond: module.clockSpeed,
    manufacturer: module.manufacturer,
    partNumber: module.partNum,
    serialNumber: module.serialNum,
  }),
});

const identityOf = (
  part: { readonly model: string; readonly version: string; readonly serial: string },
  vendor: string,
): Identity => telling({ vendor, model: part.model, version: part.version, serialNumber: part.serial });

const diskOf = (disk: Systeminformation.DiskLayoutData): Disk =>
  telling({
    device: disk.device,
    type: disk.type,
    vendor: disk.vendor,
    model: disk.name,
    interface: disk.interfaceType,
    sizeBytes: disk.size,
    firmware: disk.firmwareRevision,
    serialNumber: disk.serialNum,
  });

const graphicsOf = (card: Systeminformation.GraphicsControllerData): Graphics =>
  telling({
    vendor: card.vendor,
    model: card.model,
    bus: card.busAddress ?? card.bus,
    memoryBytes: (card.vram ?? 0) * mebibyte,
  });

const osOf = (os: Systeminformation.OsData): OperatingSystem =>
  telling({
    name: os.distro,
    version: os.release,
    codename: os.codename,
    kernel: os.kernel,
    architecture: os.arch,
    uefi: os.uefi,
  });

const noModules = 'dmidecode told of none';
const modulesNeedRoot = 'they need root: dmidecode may not read the DMI table';
const serialNumbers = 'serial numbers of system and board';

/** Why each part that is not there is not. */
function missingOf(
  present: Partial<Inventory>,
  { asRoot, board: treeModel }: FoundInventory,
): readonly Missing[] {
  const hasTable = treeModel === undefined;
  const { system, board, disks = [], memoryModules = [] } = present;
  const isNumbered = system?.serialNumber !== undefined || board?.serialNumber !== undefined;
  const reasons: readonly (readonly [boolean, string, string])[] = [
    [present.cpu === undefined, 'cpu', 'lscpu told nothing'],
    [
      memoryModules.length === 0,
      'memory modules',
      hasTable ? (asRoot ? noModules : modulesNeedRoot) : 'boards have no DMI table to tell them',
    ],
    [
      system === undefined && board === undefined && present.bios === undefined,
      'system, board, bios',
      'the machine has no DMI table, or /sys/class/dmi is hidden from the daemon',
    ],
    [disks.length === 0, 'disks', 'lsblk showed none'],
    [present.graphics === undefined, 'graphics', 'lspci showed none, or is not installed'],
    [present.os === undefined, 'os', '/etc/os-release told nothing'],
    [hasTable && !asRoot && !isNumbered && system !== undefined, serialNumbers, 'they need root'],
  ];
  return reasons.filter(([isMissing]) => isMissing).map(([, part, reason]) => ({ part, reason }));
}
