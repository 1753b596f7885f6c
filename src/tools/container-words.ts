/** Facts of containers as several tools say them. */

import { cleanLine } from '../base/clean-text.ts';
import { redactText } from '../base/secrets.ts';
import type { ContainerFacts } from '../host/docker/container-facts.ts';

/** Of a container that ended, within what a process can end with. */
export const exitCodeOf = ({ exitCode }: ContainerFacts): number | undefined =>
  exitCode === undefined || exitCode < 0 ? undefined : Math.min(255, exitCode);

/** The value of a label, fit to show. */
export const shownLabel = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : cleanLine(redactText(value).text, 255);

/** Names of containers, and how many more there are. */
export const usedByShown = (names: readonly string[], most: number): string[] =>
  names.length <= most
    ? [...names].sort()
    : [...[...names].sort().slice(0, most - 1), `… ${names.length - most + 1} more`];
