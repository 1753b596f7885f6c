/** Lines of files with a text in them. */

import { cleanLine } from '../../base/clean-text.ts';
import { longestPattern } from '../../base/linear-regexp.ts';
import { redactText } from '../../base/secrets.ts';
import { longestGlob } from '../../host/files/glob.ts';
import { count, flag, list, maybe, record, text, truncated, untrusted } from '../schema.ts';
import {
  cursorInput,
  cursorOutput,
  searchContext,
  searchInput,
  searchLimits,
  searchOutput,
  searchWish,
  unfinished,
  wayOf,
} from '../searched.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const longestLine = 300;
const mostContext = 5;

const line = record({
  line: count('Its number'),
  text: untrusted('The line; of a long one what is around the match', 2000),
  before: maybe(list(untrusted('A line', 2000), 'Lines before it', mostContext)),
  after: maybe(list(untrusted('A line', 2000), 'Lines after it', mostContext)),
});

const file = record({
  path: untrusted('Absolute path', 8192),
  matches: count('Lines of it that match'),
  lines: list(line, 'The first of them', 100),
});

const mostLines = 100;
const rest = 'Go on with `cursor`; in one file with `perFile`, or read_file.';

export const searchText = defineTool({
  name: 'search_text',
  title: 'Search text in files',
  summary:
    'Finds lines by text or regular expression (no backreferences or lookaround) in a file, or in all below a folder, ' +
    'inside the allowed folders. Reads .gz; skips binaries, links and files with several names; of those beyond ' +
    'security.max_file_size it reads the beginning.',
  scope: 'fs',
  effect: 'read',
  limits: searchLimits,
  input: record({
    ...searchInput,
    path: text('Absolute path, folder or file', 4096),
    pattern: text('The text', longestPattern),
    regexp: maybe(flag('pattern is a regular expression')),
    ignoreCase: maybe(flag('A is a')),
    word: maybe(flag('As a word of its own')),
    include: maybe(text('Only files named so: *.{log,gz}', longestGlob)),
    exclude: maybe(text('None named so', longestGlob)),
    context: maybe(count('Lines around; 0 if absent', 0, mostContext)),
    perFile: maybe(count('Of one file; 5 if absent', 1, mostLines)),
    limit: maybe(count('Most in all; 20 if absent', 1, mostLines)),
    cursor: cursorInput,
  }),
  output: record({
    ...searchOutput,
    searched: count('Files searched'),
    binary: maybe(count('Files that are no text')),
    refused: maybe(count('Files that may not be read, or have several names')),
    cut: maybe(count('Files of which only the beginning was searched')),
    files: list(file, 'Files with a match, in the order of their paths', mostLines),
    secretsHidden: maybe(count('How many secrets were replaced')),
    cursor: cursorOutput,
    truncated,
  }),
  rest,
  examples: [
    {
      says: 'Where do the logs say "out of memory"?',
      args: { path: '/var/log', pattern: 'out of memory', ignoreCase: true },
    },
    {
      says: 'Failed logins with a line around?',
      args: { path: '/var/log', pattern: 'Failed \\w+ for', regexp: true, context: 1 },
    },
  ],
  async run(args, context) {
    const { pattern, regexp = false, ignoreCase = false, word = false, include, exclude, cursor } = args;
    const { context: around = 0, perFile = 5, limit = 20 } = args;
    const answer = await context.host.files(context.grant).search(
      'text',
      {
        ...searchWish(args),
        answerBytes: usualAnswerBytes,
        ...{ pattern, regexp, ignoreCase, word, include, exclude, cursor, perFile, limit },
        context: around,
      },
      searchContext(context),
    );
    let secretsHidden = 0;
    const clean = (one: string): string => {
      const { text: redacted, count: hidden } = redactText(cleanLine(one));
      secretsHidden += hidden;
      return redacted.length > longestLine + 50 ? `${redacted.slice(0, longestLine)}…` : redacted;
    };
    const files = answer.files.map(({ path, count: matches, lines }) => ({
      path: cleanLine(path, 8192),
      matches,
      lines: lines.map((one) => ({
        line: one.line,
        text: clean(one.text),
        ...(one.before.length > 0 && { before: one.before.map(clean) }),
        ...(one.after.length > 0 && { after: one.after.map(clean) }),
      })),
    }));
    const { searched, binary, refused, cut } = answer;
    return {
      host: context.host.name,
      ...wayOf(answer),
      searched,
      ...(binary > 0 && { binary }),
      ...(refused > 0 && { refused }),
      ...(cut > 0 && { cut }),
      files,
      ...(secretsHidden > 0 && { secretsHidden }),
      ...(answer.cursor !== undefined && { cursor: answer.cursor }),
      ...unfinished(
        answer,
        files.reduce((sum, { lines }) => sum + lines.length, 0),
        rest,
      ),
    };
  },
});
