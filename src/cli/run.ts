/** Finds the command that the words name and runs it, or prints its help. */

import { Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { productName, readVersion } from '../base/version.ts';
import { type Command, helpFor, helpForAll, parseFor } from './command.ts';

/** @returns the exit status. Throws `usage_invalid` for words that name nothing. */
export async function run(commands: readonly Command[], words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === '--version') {
    console.log(readVersion());
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const text = helpForAll(commands);
    if (first === undefined) process.stderr.write(text);
    else process.stdout.write(text);
    return first === undefined ? 2 : 0;
  }
  const command = find(commands, words);
  const rest = words.slice(command.name.split(' ').length);
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (options.includes('--help') || options.includes('-h')) {
    process.stdout.write(helpFor(command));
    return 0;
  }
  const { values, positionals } = parseFor(command, rest);
  return command.run(values, positionals);
}

function find(commands: readonly Command[], words: readonly string[]): Command {
  const said = (count: number) => words.slice(0, count).join(' ');
  const command = commands.find(({ name }) => name === said(name.split(' ').length));
  if (command !== undefined) return command;
  const family = commands.filter(({ name }) => name.split(' ')[0] === words[0]);
  if (family.length > 0) {
    throw new Problem('usage_invalid', {
      detail: `'${words[0]}' needs one of ${family.map(({ name }) => name.split(' ')[1]).join(', ')} after it.`,
      hint: `See ${productName} ${family[0]?.name} --help.`,
    });
  }
  const near = nearest(
    words[0] ?? '',
    commands.map(({ name }) => name.split(' ')[0] ?? ''),
  );
  throw new Problem('usage_invalid', {
    detail: `There is no command '${words[0]}'.`,
    hint: near ? `Did you mean '${near}'?` : `See ${productName} --help.`,
  });
}
