/** A catalogue as the dispatcher takes it: that keeps the laws and whose arguments can be validated. */

import type { Tool } from '../tools/tool.ts';
import { checkLaws } from './laws.ts';
import { openValidator, type Validator } from './validate.ts';

export interface CheckedCatalogue extends Validator {
  readonly tools: readonly Tool[];
}

/** The longest work of a start. Throws `start_failed` for a catalogue that breaks a law. */
export function checkCatalogue(tools: readonly Tool[]): CheckedCatalogue {
  checkLaws(tools);
  return { tools, ...openValidator(tools) };
}
