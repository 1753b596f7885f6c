/** What fills a folder. */

import { cleanLine } from '../../base/clean-text.ts';
import type { Sizes } from '../../host/files/disk-usage.ts';
import { percentOf } from '../../host/rate.ts';
import { bytes, count, list, maybe, percent, record, truncated, untrusted } from '../schema.ts';
import {
  searchContext,
  searchInput,
  searchLimits,
  searchOutput,
  searchWish,
  unfinished,
  wayOf,
} from '../searched.ts';
import { defineTool } from '../tool.ts';

const sizes = {
  allocatedBytes: bytes('What it takes on the disk'),
  apparentBytes: maybe(bytes('What it seems to hold, where that differs')),
};

const folder = record({
  path: untrusted('Absolute path', 8192),
  ...sizes,
  files: count('Files in it and below'),
  percent: percent('Of all that was counted'),
});

const file = record({ path: untrusted('Absolute path', 8192), ...sizes });

const mostShown = 50;
const rest = 'Ask for a folder below, or give it more `seconds`.';

export const getDiskUsage = defineTool({
  name: 'get_disk_usage',
  title: 'Disk usage',
  summary:
    'What fills a folder inside the allowed folders: its total, its largest folders and its largest files, each file ' +
    'with several names counted once. Use get_storage_status for how full file systems are, search_files for names.',
  scope: 'fs',
  effect: 'read',
  limits: searchLimits,
  input: record({
    ...searchInput,
    depth: maybe(count('Folders down to this level are told; 1 if absent, all are counted', 1, 5)),
    limit: maybe(count('Most folders and most files to show; 10 if absent', 1, mostShown)),
  }),
  output: record({
    ...searchOutput,
    total: record({ ...sizes, files: count('Files'), folders: count('Folders') }, 'All of it'),
    folders: list(folder, 'Largest first', mostShown),
    files: list(file, 'Largest first', mostShown),
    furtherNames: maybe(count('Further names of files, not counted again')),
    truncated,
  }),
  rest,
  examples: [
    { says: 'What fills /var/log?', args: { path: '/var/log' } },
    { says: 'Which folders two levels down?', args: { path: '/var/log', depth: 2, limit: 5 } },
  ],
  async run(args, context) {
    const { depth = 1, limit = 10 } = args;
    const answer = await context.host
      .files(context.grant)
      .search('usage', { ...searchWish(args), depth, limit }, searchContext(context));
    const { total, folders, files, furtherNames } = answer;
    return {
      host: context.host.name,
      ...wayOf(answer),
      total: { ...sizesOf(total), files: total.files, folders: total.folders },
      folders: folders.map((one) => ({
        path: cleanLine(one.path, 8192),
        ...sizesOf(one),
        files: one.files,
        percent: percentOf(one.allocatedBytes, total.allocatedBytes) ?? 0,
      })),
      files: files.map((one) => ({ path: cleanLine(one.path, 8192), ...sizesOf(one) })),
      ...(furtherNames > 0 && { furtherNames }),
      ...unfinished(answer, total.files, rest),
    };
  },
});

const sizesOf = ({ allocatedBytes, apparentBytes }: Sizes) => ({
  allocatedBytes,
  ...(apparentBytes !== allocatedBytes && { apparentBytes }),
});
