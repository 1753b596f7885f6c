/** What is in a folder. */

import { cleanLine } from '../../base/clean-text.ts';
import { fileTypes } from '../../host/files/facts.ts';
import { type Listing, sorts } from '../../host/files/listing.ts';
import { bytes, count, list, maybe, record, text, time, truncated, untrusted, word } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const entry = record({
  name: untrusted('Name, below the folder that was asked for', 4096),
  type: word(fileTypes, 'What it is'),
  sizeBytes: maybe(bytes('Size')),
  mode: maybe(text('Permission bits, octal', 4)),
  owner: maybe(untrusted('Owner by name, or uid N', 64)),
  modifiedAt: maybe(time('When its content last changed')),
});

const rest = 'Go on with `cursor`, or list a folder below.';

/** An entry takes about 150 bytes. */
const mostShown = 40;

function cut({ entries, seen, more, cursor }: Listing) {
  if (!more && cursor === undefined) return {};
  return {
    ...(cursor !== undefined && { cursor }),
    truncated: {
      shown: entries.length,
      ...(more ? { atLeast: seen + 1 } : { total: seen }),
      how: more ? `Its time was over after ${seen}; others may come between. ${rest}` : rest,
    },
  };
}

export const listDirectory = defineTool({
  name: 'list_directory',
  title: 'List a directory',
  summary:
    'The entries of a folder inside the allowed folders: type, size, mode, owner, time of change; with `depth` those ' +
    'of the folders below too. Links are not followed. Use get_file_info for one path, read_file for content.',
  scope: 'fs',
  effect: 'read',
  input: record({
    path: text('Absolute path of the folder', 4096),
    depth: maybe(count('How many levels; 1 if absent', 1, 5)),
    sort: maybe(word(sorts, 'By name (if absent), largest or newest first')),
    limit: maybe(count('Most entries to show; 30 if absent', 1, mostShown)),
    cursor: maybe(text('Of an answer with the same sort', 16_384)),
  }),
  output: record({
    host: text('The host that answers', 255),
    path: untrusted('The folder', 4096),
    entries: list(entry, 'What is in it', mostShown),
    cursor: maybe(text('Goes on from here, as `cursor`', 16_384)),
    kept: maybe(count('How many names are kept back by filesystem.denied_names')),
    unreadable: maybe(count('How many folders below cannot be read')),
    truncated,
  }),
  rest,
  examples: [
    { says: 'What is in /var/log?', args: { path: '/var/log' } },
    { says: 'The largest logs?', args: { path: '/var/log', depth: 3, sort: 'size', limit: 2 } },
  ],
  async run({ path, depth = 1, sort = 'name', limit = 30, cursor }, { host, grant }) {
    const wish = { depth, sort, limit, cursor, answerBytes: usualAnswerBytes };
    const listing = await host.files(grant).list(path, wish);
    return {
      host: host.name,
      path: cleanLine(listing.path, 4096),
      entries: listing.entries.map(({ owner, ...one }) => ({
        ...one,
        name: cleanLine(one.name, 4096),
        ...(owner === undefined ? {} : { owner: cleanLine(owner, 64) }),
      })),
      ...(listing.denied > 0 && { kept: listing.denied }),
      ...(listing.unreadable > 0 && { unreadable: listing.unreadable }),
      ...cut(listing),
    };
  },
});
