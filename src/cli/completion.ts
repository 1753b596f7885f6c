/** `completion`: what a shell needs to complete the command line, written from the table of commands. */

import { Problem } from '../base/errors.ts';
import { productName } from '../base/version.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Command } from './command.ts';

/** A place on the command line: after these words, these words may follow. */
interface Choice {
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly says: string }[];
}

const firstSentence = (says: string): string => (says.split(/\. /)[0] ?? '').replace(/\.$/, '');

const optionWords = ({ options }: Command): Choice['words'] => [
  ...Object.entries(options).map(([name, { says }]) => ({ word: `--${name}`, says: firstSentence(says) })),
  { word: '--help', says: 'Show the help' },
];

/** The names of tools follow the commands that take one. */
const toolWords: Choice['words'] = catalogue.map(({ name, title }) => ({ word: name, says: title }));

function choicesOf(commands: readonly Command[]): readonly Choice[] {
  const first = new Map<string, string>();
  const second = new Map<string, Choice['words'][number][]>();
  for (const { name, says } of commands) {
    const [head = '', tail] = name.split(' ');
    first.set(head, tail === undefined ? firstSentence(says) : `${head} …`);
    if (tail !== undefined) {
      second.set(head, [...(second.get(head) ?? []), { word: tail, says: firstSentence(says) }]);
    }
  }
  return [
    { after: '', words: [...first].map(([word, says]) => ({ word, says })) },
    ...[...second].map(([after, words]) => ({ after, words })),
    ...commands.map((command) => ({
      after: command.name,
      words: [
        ...optionWords(command),
        ...(command.name === 'call' || command.name === 'tools' ? toolWords : []),
      ],
    })),
  ];
}

/** In single quotes, as every one of the three shells reads them. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

/** The words before the one that is typed, options left out: at most two of them name a command. */
const bash = (
  choices: readonly Choice[],
): string => `# bash completion for ${productName}, written by '${productName} completion bash'
_${productName.replaceAll('-', '_')}() {
  local word typed='' words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$typed $word" in
${commandPaths(choices)
  .map((path) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) typed=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$typed" in
${choices
  .map(
    ({ after, words }) => `    ${quoted(after)}) words=${quoted(words.map(({ word }) => word).join(' '))} ;;`,
  )
  .join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _${productName.replaceAll('-', '_')} ${productName}
`;

const commandPaths = (choices: readonly Choice[]): readonly string[] =>
  choices.flatMap(({ after }) => (after === '' ? [] : [after]));

const zsh = (choices: readonly Choice[]): string => `#compdef ${productName}
# zsh completion for ${productName}, written by '${productName} completion zsh'
local word typed=''
local -a words_here
for word in "\${words[@]:1:CURRENT-2}"; do
  case "$typed $word" in
${commandPaths(choices)
  .map((path) => `    ${quoted(path.includes(' ') ? path : ` ${path}`)}) typed=${quoted(path)} ;;`)
  .join('\n')}
  esac
done
case "$typed" in
${choices
  .map(
    ({ after, words }) =>
      `  ${quoted(after)}) words_here=(${words.map(({ word, says }) => quoted(`${word}:${says.replaceAll(':', '\\:')}`)).join(' ')}) ;;`,
  )
  .join('\n')}
esac
_describe 'word' words_here || _files
`;

const fish = (choices: readonly Choice[]): string =>
  [
    `# fish completion for ${productName}, written by '${productName} completion fish'`,
    ...choices.flatMap(({ after, words }) => {
      const when =
        after === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${after.split(' ').at(-1)}`;
      return words.map(({ word, says }) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c ${productName} -n ${quoted(when)} ${what} -d ${quoted(says)}`;
      });
    }),
    '',
  ].join('\n');

const shells = { bash, zsh, fish } as const;
export type Shell = keyof typeof shells;
export const shellNames = Object.keys(shells) as readonly Shell[];

export const completionFor = (shell: Shell, commands: readonly Command[]): string =>
  shells[shell](choicesOf(commands));

/** @param commands handed over, since the table of commands names this one */
export async function complete(commands: readonly Command[], [name]: readonly string[]): Promise<number> {
  const shell = shellNames.find((known) => known === name);
  if (shell === undefined) {
    throw new Problem('usage_invalid', {
      detail: name === undefined ? 'The shell is missing.' : `There is no completion for ${name}.`,
      hint: `There are ${shellNames.join(', ')}.`,
    });
  }
  process.stdout.write(completionFor(shell, commands));
  return 0;
}
