import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSensors } from '../../src/host/sensors.ts';
import { copyMachine } from './frozen-host.ts';

test('temperatures and fans come with their chip, label and limits', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const files = {
    'hwmon0/name': 'coretemp',
    'hwmon0/temp1_input': '46000',
    'hwmon0/temp1_label': 'Package id 0',
    'hwmon0/temp1_max': '80000',
    'hwmon0/temp1_crit': '100000',
    'hwmon1/name': 'nvme',
    'hwmon1/temp1_input': '-1850',
    'hwmon1/temp1_max': '65261850',
    'hwmon1/temp1_crit': '-273150',
    'hwmon2/name': 'nct6775',
    'hwmon2/fan1_input': '0',
    'hwmon2/fan2_input': '1201',
    'hwmon2/fan2_label': 'cpu fan',
    'hwmon2/temp10_input': '31500',
    'hwmon2/temp2_input': '',
    'hwmon10/name': 'acpitz',
    'hwmon10/temp1_input': '27800',
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(machine.sys, 'class/hwmon', name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
  assert.deepEqual(readSensors(machine), {
    temperatures: [
      { chip: 'coretemp', label: 'Package id 0', celsius: 46, highCelsius: 80, criticalCelsius: 100 },
      { chip: 'nvme', label: 'temp1', celsius: -1.8 },
      { chip: 'nct6775', label: 'temp10', celsius: 31.5 },
      { chip: 'acpitz', label: 'temp1', celsius: 27.8 },
    ],
    fans: [
      { chip: 'nct6775', label: 'fan1', rpm: 0 },
      { chip: 'nct6775', label: 'cpu fan', rpm: 1201 },
    ],
  });
});

test('a machine without sensors has none', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.deepEqual(readSensors(machine), { temperatures: [], fans: [] });
});
