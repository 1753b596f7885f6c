/** `config …`: what the configuration says, and whether it may. */

import { liveMachine } from '../base/machine-root.ts';
import { loadConfig } from '../config/load.ts';
import { checkReport, showData, showReport } from '../config/report.ts';
import { examineRoot } from '../host/files/roots.ts';
import type { Values } from './command.ts';
import { loadOptionsFor } from './where.ts';

/** Prints what was checked; a fault is thrown as `config_invalid`, which lists them all. */
export async function check(values: Values, [file]: readonly string[]): Promise<number> {
  const options = loadOptionsFor(file === undefined ? values : { ...values, config: file });
  const loaded = loadConfig(options);
  console.log(checkReport(loaded, rootRemarks(loaded.config.filesystem.allowed_paths)));
  return 0;
}

/** Of the allowed folders, as whoever runs this sees them, which may be more or less than the daemon does. */
const rootRemarks = (roots: readonly string[]): readonly string[] =>
  roots.flatMap((root) =>
    examineRoot(liveMachine(), root).map(
      ({ served, says, mend }) =>
        `${served ? 'Note' : 'Warning'}: to this user, ${root} of filesystem.allowed_paths ${says}.${mend ? ` ${mend}` : ''}`,
    ),
  );

export async function show(values: Values): Promise<number> {
  const loaded = loadConfig(loadOptionsFor(values));
  console.log(values['json'] === true ? JSON.stringify(showData(loaded), null, 2) : showReport(loaded));
  return 0;
}
