/** What one file, folder or link is. */

import { cleanLine } from '../../base/clean-text.ts';
import { fileTypes } from '../../host/files/facts.ts';
import { bytes, count, flag, maybe, record, text, time, untrusted, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

export const getFileInfo = defineTool({
  name: 'get_file_info',
  title: 'File info',
  summary:
    'What one path is: type, size, mode, owner, time of change, hard links, where a symbolic link leads (as text, ' +
    'not followed) and, with `hash`, the SHA-256 of its content. Only inside the allowed folders. Use read_file for content, list_directory for a folder.',
  scope: 'fs',
  effect: 'read',
  input: record({
    path: text('Absolute path', 4096),
    hash: maybe(flag('SHA-256 of the content too')),
  }),
  output: record({
    host: text('The host that answers', 255),
    path: untrusted('The path', 4096),
    type: word(fileTypes, 'What it is'),
    sizeBytes: bytes('Size'),
    mode: text('Permission bits, octal', 4),
    owner: untrusted('Owner by name, or uid N', 64),
    modifiedAt: time('When its content last changed'),
    names: count('How many names (hard links) it has'),
    target: maybe(untrusted('Where a symbolic link leads', 4096)),
    sha256: maybe(text('Of the content, in hexadecimal', 64)),
  }),
  rest: 'Nothing is left out of this answer.',
  examples: [
    { says: 'How large is the syslog?', args: { path: '/var/log/syslog' } },
    { says: 'Is it the same file as yesterday?', args: { path: '/var/log/syslog', hash: true } },
  ],
  async run({ path, hash = false }, { host, grant }) {
    const { target, ...info } = await host.files(grant).info(path, { hash });
    return {
      host: host.name,
      ...info,
      path: cleanLine(info.path, 4096),
      owner: cleanLine(info.owner, 64),
      ...(target === undefined ? {} : { target: cleanLine(target, 4096) }),
    };
  },
});
