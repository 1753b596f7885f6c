/** Which instance a command speaks of: the installed daemon of this machine, or this user's own. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFacts, type LoadOptions } from '../config/load.ts';
import { historyFolderIn, type Places, systemPlaces, userPlaces } from '../config/places.ts';
import { textOf, textsOf, type Values } from './command.ts';

/** What the re-executed process is told, so that it makes sure that root is gone for good. */
export const droppedFlag = 'dropped-from-root';

/** An ordinary user has folders of its own, and root the system's, unless --user or --system says otherwise. */
export function placesFor(values: Values): Places {
  const facts = environmentFacts();
  const system = values['system'] === true || (facts.uid === 0 && values['user'] !== true);
  return system ? systemPlaces(facts) : userPlaces(facts);
}

export function loadOptionsFor(values: Values, places = placesFor(values)): LoadOptions {
  const file = textOf(values, 'config');
  return { places, set: textsOf(values, 'set'), ...(file === undefined ? {} : { file }) };
}

export const socketIn = (places: Places): string => join(places.runtimeDirectory, 'mcp.sock');

/** Where a daemon has recorded: one of this user's own, else the installed one. */
export function recordedHistory(own: Places): string {
  const [first, second] = [own, systemPlaces(environmentFacts())].map(historyFolderIn) as [string, string];
  return existsSync(first) ? first : second;
}

/** The instance that answers: the one that is named, else the one that has a socket, this user's own first. */
export function runningPlaces(values: Values): Places {
  if (values['user'] === true || values['system'] === true) return placesFor(values);
  const facts = environmentFacts();
  const own = userPlaces(facts);
  const system = systemPlaces(facts);
  const [first, second] = facts.uid === 0 ? [system, own] : [own, system];
  return [first, second].find((places) => existsSync(socketIn(places))) ?? first;
}
