/** Files by name, type, size, age and owner. */

import { cleanLine } from '../../base/clean-text.ts';
import { Problem } from '../../base/errors.ts';
import { parseMoment } from '../../base/moment.ts';
import { fileTypes } from '../../host/files/facts.ts';
import { longestGlob } from '../../host/files/glob.ts';
import {
  bytes,
  count,
  flag,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  word,
} from '../schema.ts';
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

const found = record({
  path: untrusted('Absolute path', 8192),
  type: word(fileTypes, 'What it is'),
  sizeBytes: maybe(bytes('Size')),
  mode: maybe(text('Permission bits, octal', 4)),
  owner: maybe(untrusted('Owner by name, or uid N', 64)),
  modifiedAt: maybe(time('When its content last changed')),
});

const mostShown = 200;
const rest = 'Go on with `cursor`, or narrow the search.';

export const searchFiles = defineTool({
  name: 'search_files',
  title: 'Search files by name',
  summary:
    'Finds files inside the allowed folders by name, type, size, age and owner. Links are not followed. For content ' +
    'use search_text, for what fills a disk get_disk_usage.',
  scope: 'fs',
  effect: 'read',
  limits: searchLimits,
  input: record({
    ...searchInput,
    name: maybe(text("*.log, app-{a,b}*, [0-9]?; with a '/' of the path below: **/conf.d/*", longestGlob)),
    ignoreCase: maybe(flag('A is a')),
    types: maybe(list(word(fileTypes, 'Type'), 'These alone', fileTypes.length)),
    minBytes: maybe(bytes('At least')),
    maxBytes: maybe(bytes('At most')),
    modifiedAfter: maybe(text('ISO 8601, or ago: 15m, 2h, 7d', 64)),
    modifiedBefore: maybe(text('Likewise', 64)),
    owner: maybe(text('User, or uid N', 64)),
    limit: maybe(count('30 if absent', 1, mostShown)),
    cursor: cursorInput,
  }),
  output: record({
    ...searchOutput,
    found: list(found, 'In the order of their paths', mostShown),
    cursor: cursorOutput,
    truncated,
  }),
  rest,
  examples: [
    {
      says: 'Which logs are over 100 MB?',
      args: { path: '/var/log', name: '*.log*', minBytes: 100_000_000 },
    },
    { says: 'What changed in the last hour?', args: { path: '/var/log', modifiedAfter: '1h', limit: 10 } },
  ],
  async run(args, context) {
    const { name, ignoreCase = false, types, minBytes, maxBytes, owner, limit = 30, cursor } = args;
    const now = context.now();
    const moment = (which: 'modifiedAfter' | 'modifiedBefore') => {
      const said = args[which];
      return said === undefined ? undefined : parseMoment(which, said, now);
    };
    if (minBytes !== undefined && maxBytes !== undefined && minBytes > maxBytes) {
      throw new Problem('arguments_invalid', { detail: '`minBytes` is larger than `maxBytes`.' });
    }
    const answer = await context.host.files(context.grant).search(
      'names',
      {
        ...searchWish(args),
        answerBytes: usualAnswerBytes,
        ...{ glob: name, ignoreCase, types, minBytes, maxBytes, owner, limit, cursor },
        modifiedAfterMs: moment('modifiedAfter'),
        modifiedBeforeMs: moment('modifiedBefore'),
      },
      searchContext(context),
    );
    return {
      host: context.host.name,
      ...wayOf(answer),
      found: answer.found.map((one) => ({
        ...one,
        path: cleanLine(one.path, 8192),
        ...(one.owner === undefined ? {} : { owner: cleanLine(one.owner, 64) }),
      })),
      ...(answer.cursor !== undefined && { cursor: answer.cursor }),
      ...unfinished(answer, answer.found.length, rest),
    };
  },
});
