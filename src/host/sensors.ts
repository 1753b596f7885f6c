/**
 * Temperatures and fans, from the hwmon class of sysfs (kernel: Documentation/hwmon/sysfs-interface). A sensor may
 * take its time to answer: for the worker.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cleanLine } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';
import { tenth } from './rate.ts';

export interface Sensor {
  /** The chip's name: coretemp, nvme, … */
  readonly chip: string;
  readonly label: string;
}

/** Degrees Celsius. */
export interface Temperature extends Sensor {
  readonly celsius: number;
  /** At which the machine should be spared, and at which it is in danger, as the chip says. */
  readonly highCelsius?: number;
  readonly criticalCelsius?: number;
}

export interface Fan extends Sensor {
  readonly rpm: number;
}

export interface Sensors {
  readonly temperatures: readonly Temperature[];
  readonly fans: readonly Fan[];
}

/** A chip with more says something else with them. */
const mostOfAChip = 128;

export function readSensors(machine: MachineRoot): Sensors {
  const folder = join(machine.sys, 'class/hwmon');
  const chips = namesIn(folder)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => readChip(join(folder, name)));
  return {
    temperatures: chips.flatMap(({ temperatures }) => temperatures),
    fans: chips.flatMap(({ fans }) => fans),
  };
}

function readChip(folder: string): Sensors {
  const attribute = (name: string): string | undefined => textOf(folder, name)?.trim() || undefined;
  const chip = cleanLine(attribute('name') ?? 'unknown', 64);
  const inputs = namesIn(folder).flatMap((name) => /^((?:temp|fan)\d+)_input$/.exec(name)?.[1] ?? []);
  const sensors = inputs
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, mostOfAChip)
    .map((name) => ({ name, chip, label: cleanLine(attribute(`${name}_label`) ?? name, 64) }));
  return {
    temperatures: sensors
      .filter(({ name }) => name.startsWith('temp'))
      .flatMap(({ name, ...sensor }) => {
        const celsius = degrees(attribute(`${name}_input`));
        const high = degrees(attribute(`${name}_max`));
        const critical = degrees(attribute(`${name}_crit`));
        // A sensor that is not connected reads as an error.
        if (celsius === undefined) return [];
        return {
          ...sensor,
          celsius,
          ...(isLimit(high) ? { highCelsius: high } : {}),
          ...(isLimit(critical) ? { criticalCelsius: critical } : {}),
        };
      }),
    fans: sensors
      .filter(({ name }) => name.startsWith('fan'))
      .flatMap(({ name, ...sensor }) => {
        const rpm = numberOf(attribute(`${name}_input`));
        return rpm === undefined || rpm < 0 ? [] : { ...sensor, rpm };
      }),
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;

/** The kernel counts thousandths. */
function degrees(text: string | undefined): number | undefined {
  const thousandths = numberOf(text);
  return thousandths === undefined ? undefined : tenth(thousandths / 1000);
}

/** Chips without a limit say 0, the lowest or the highest number that they have. */
const isLimit = (celsius: number | undefined): celsius is number =>
  celsius !== undefined && celsius > 0 && celsius < 200;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
