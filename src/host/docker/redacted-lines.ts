/** What containers are configured with, fit to show: environment, labels and command without what is secret in them. */

import { cleanLine, cleanText } from '../../base/clean-text.ts';
import { redactText, redactValue } from '../../base/secrets.ts';
import { parseCommandLine } from '../command-line.ts';

export interface RedactedLines {
  readonly lines: readonly string[];
  /** How many secrets were replaced. */
  readonly secrets: number;
}

const longestLine = 512;

/** A secret without a shape under a harmless name: long, of letters and digits, neither a path nor words. */
const random = /^(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+_][A-Za-z0-9+/_]{19,}={0,2}$/;

/** `NAME=VALUE` of each setting, its value redacted by its name and by its shape. */
export function redactedSettings(settings: readonly (readonly [string, string])[]): RedactedLines {
  let secrets = 0;
  const lines = settings.map(([name, value]) => {
    const redacted = redactValue({ [name]: value }, random.test(value) ? [name] : []);
    secrets += redacted.count;
    const [[shownName, shown] = ['', '']] = Object.entries(redacted.value as Record<string, string>);
    return cleanLine(`${shownName}=${shown}`, longestLine);
  });
  return { lines, secrets };
}

/** The environment as the engine has it: `NAME=VALUE`, or `NAME` alone for what was taken out. */
export const redactedEnvironment = (environment: readonly string[]): RedactedLines =>
  redactedSettings(
    environment.map((line) => {
      const cut = line.indexOf('=');
      return cut === -1 ? [line, ''] : [line.slice(0, cut), line.slice(cut + 1)];
    }),
  );

/** The command as one line, its arguments in quotes where they hold blanks. */
export const redactedCommand = (words: readonly string[]): string => parseCommandLine(words.join('\0'));

/** A text of the container's, e.g. what its health check said. */
export const redactedText = (text: string, maxLength: number): string =>
  cleanText(redactText(cleanText(text, maxLength * 4)).text, maxLength).trim();
