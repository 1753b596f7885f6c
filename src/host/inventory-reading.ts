/**
 * Asks `systeminformation` what the machine is made of. It starts programs and waits for some of them without
 * letting anything else run: for a worker of its own. The library is loaded when it is first needed.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineRoot } from '../base/machine-root.ts';
import { type FoundInventory, type Inventory, inventoryOf } from './inventory.ts';
import { textOf } from './machine-facts.ts';
import { known } from './rate.ts';

/** Throws what the library throws. */
export async function readInventory(machine: MachineRoot): Promise<Inventory> {
  const found = machine.live ? await askMachine() : await askRecord(machine);
  const board = textOf(machine.proc, 'device-tree/model')?.replaceAll('\0', '');
  return inventoryOf({ ...found, ...known({ board }) });
}

async function askMachine(): Promise<FoundInventory> {
  const { default: library } = await import('systeminformation');
  // One after the other, so that few programs run at a time.
  return {
    asRoot: process.getuid?.() === 0,
    cpu: await library.cpu(),
    system: await library.system(),
    baseboard: await library.baseboard(),
    bios: await library.bios(),
    memLayout: await library.memLayout(),
    diskLayout: await library.diskLayout(),
    graphics: await library.graphics(),
    osInfo: await library.osInfo(),
  };
}

/** A frozen machine carries what the library found on it. */
const askRecord = async (machine: MachineRoot): Promise<FoundInventory> =>
  JSON.parse(await readFile(join(machine.root, 'inventory.json'), 'utf8'));
