/** `config …`: what the configuration says, and whether it may. */

import { loadConfig } from '../config/load.ts';
import { checkReport, showData, showReport } from '../config/report.ts';
import type { Values } from './command.ts';
import { loadOptionsFor } from './where.ts';

/** Prints what was checked; a fault is thrown as `config_invalid`, which lists them all. */
export async function check(values: Values, [file]: readonly string[]): Promise<number> {
  const options = loadOptionsFor(file === undefined ? values : { ...values, config: file });
  console.log(checkReport(loadConfig(options)));
  return 0;
}

export async function show(values: Values): Promise<number> {
  const loaded = loadConfig(loadOptionsFor(values));
  console.log(values['json'] === true ? JSON.stringify(showData(loaded), null, 2) : showReport(loaded));
  return 0;
}
