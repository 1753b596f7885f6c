/** The row of a file system, in every answer that has one. */

import { bytes, count, flag, maybe, percent, text, time, untrusted, word } from './schema.ts';

export const fileSystemFacts = {
  mountPoint: untrusted('Where it is mounted', 1024),
  device: untrusted('What is mounted', 255),
  fsType: untrusted('Type of file system', 64),
  readOnly: flag('Whether it is mounted read-only'),
  state: word(['ok', 'hung', 'unavailable'], 'hung: it was asked and has not answered'),
  reason: maybe(text('Why it is unavailable')),
  hungSince: maybe(time('Since when it has not answered')),
  totalBytes: maybe(bytes('Size')),
  usedBytes: maybe(bytes('In use')),
  availableBytes: maybe(bytes('Free for ordinary users')),
  usedPercent: maybe(percent('In use, of what ordinary users can use')),
  inodes: maybe(count('How many files it can hold')),
  usedInodes: maybe(count('How many it holds')),
};
