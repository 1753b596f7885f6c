/** The units of systemd, as the host offers them. */

import { Problem } from '../base/errors.ts';
import type { Programs } from '../base/run-program.ts';
import type { Crew } from './crew.ts';
import { getUnit, type UnitAnswer, type UnitWanted } from './unit.ts';
import { listUnits, type UnitPage, type UnitsWanted } from './unit-list.ts';

/** Both ask systemd anew and throw `unavailable` where it does not run this machine. */
export interface Units {
  list(wanted: UnitsWanted, signal?: AbortSignal): Promise<UnitPage>;
  /** Throws `not_found` for a unit that systemd does not know. */
  get(wanted: UnitWanted, signal?: AbortSignal): Promise<UnitAnswer>;
}

/** @param programs absent for a frozen machine without a record of what its programs said */
export function openUnits(programs: Programs | undefined, crew: Crew): Units {
  const must = (): Programs => {
    if (programs !== undefined) return programs;
    throw new Problem('unavailable', { detail: 'There is no record of the units of this machine.' });
  };
  return {
    list: async (wanted, signal) => listUnits(must(), wanted, signal),
    get: async (wanted, signal) => getUnit(must(), crew, wanted, signal),
  };
}
