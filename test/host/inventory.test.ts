import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { type FoundInventory, inventoryOf } from '../../src/host/inventory.ts';

const record = resolve(import.meta.dirname, '../fixtures/root/debian-vm/inventory.json');
const found = (): FoundInventory => JSON.parse(readFileSync(record, 'utf8'));

test('sizes are bytes, clocks MHz and cores told apart from threads', () => {
  assert.deepEqual(inventoryOf(found()).cpu, {
    vendor: 'Intel',
    model: 'Xeon® Gold 6338',
    sockets: 1,
    physicalCores: 2,
    threads: 4,
    maxMHz: 3200,
    l2Bytes: 2_621_440,
    l3Bytes: 50_331_648,
  });
});

test('what makers write where they know nothing is not told', () => {
  const { system, board } = inventoryOf({
    ...found(),
    system: {
      ...found().system,
      manufacturer: 'To Be Filled By O.E.M.',
      model: 'X11',
      version: 'Default string',
      serial: '0000000',
    },
    baseboard: { ...found().baseboard, manufacturer: 'Supermicro', serial: 'None', version: '1.02' },
  });
  assert.deepEqual(system, { model: 'X11' });
  assert.deepEqual(board, { vendor: 'Supermicro', version: '1.02' });
});

test('the memory module that the library makes up is none, and an empty slot is none', () => {
  const [module] = found().memLayout;
  assert.ok(module);
  const made = { ...module, size: 25_276_502_016, bank: '', type: '', formFactor: '' };
  const { memoryModules, missing } = inventoryOf({
    ...found(),
    memLayout: [made, { ...module, size: 0, bank: 'DIMM 1' }],
  });
  assert.equal(memoryModules, undefined);
  assert.deepEqual(missing[0], { part: 'memory modules', reason: 'dmidecode told of none' });
});

test('without root it is said what needs root', () => {
  const { missing } = inventoryOf({ ...found(), asRoot: false, memLayout: [] });
  assert.deepEqual(missing, [
    { part: 'memory modules', reason: 'they need root: dmidecode may not read the DMI table' },
    { part: 'graphics', reason: 'lspci showed none, or is not installed' },
    { part: 'serial numbers of system and board', reason: 'they need root' },
  ]);
});

test('a board without a DMI table says so', () => {
  const nameless = { manufacturer: '', model: '', version: '', serial: '' };
  const { system, missing } = inventoryOf({
    ...found(),
    system: { ...found().system, ...nameless, model: 'Docker Container', serial: '-' },
    baseboard: { ...found().baseboard, ...nameless },
    bios: { vendor: '', version: '', releaseDate: '', revision: '' },
  });
  assert.equal(system, undefined);
  assert.deepEqual(missing[0], {
    part: 'system, board, bios',
    reason: 'the machine has no DMI table, or /sys/class/dmi is hidden from the daemon',
  });
});

test('words of the hardware are cleaned', () => {
  const [disk] = found().diskLayout;
  assert.ok(disk);
  const { disks } = inventoryOf({ ...found(), diskLayout: [{ ...disk, name: 'EVIL\u001b[31m\nDISK' }] });
  assert.equal(disks?.[0]?.model, 'EVIL DISK');
});
