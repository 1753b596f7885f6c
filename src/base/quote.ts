/** Words of a caller or of the machine, repeated in a sentence of ours: short, clean and without secrets. */

import { cleanText } from './clean-text.ts';
import { redactText } from './secrets.ts';

/** `'the words'`, at most `maxLength` characters of them. */
export const quote = (words: string, maxLength = 64): string =>
  `'${redactText(cleanText(words, maxLength).replaceAll('\n', ' ')).text}'`;
