/** A part of a text file. */

import { cleanLine } from '../../base/clean-text.ts';
import { Problem } from '../../base/errors.ts';
import { encodings } from '../../host/files/source.ts';
import { bytes, count, flag, maybe, record, text, truncated, untrusted, word } from '../schema.ts';
import { defineTool, usualAnswerBytes } from '../tool.ts';

const rest =
  'Go on with `fromByte` at endByte; for more at once, `detail: detailed`; for later lines, `from: end`.';

/** What the other members of an answer leave of 8 KiB and of 64 KiB. */
const answerBytes = { concise: usualAnswerBytes, detailed: 60_000 } as const;

interface Wanted {
  readonly from?: 'start' | 'end';
  readonly lines?: number;
  readonly fromLine?: number;
  readonly fromByte?: number;
  readonly toByte?: number;
}

/** Throws `arguments_invalid` for what says two places at once. */
function partOf({
  from = 'start',
  fromLine,
  fromByte,
  toByte,
  lines = toByte === undefined ? 100 : 5000,
}: Wanted) {
  const wrong =
    from === 'end' && (fromLine ?? fromByte ?? toByte) !== undefined
      ? '`from: end` goes with `lines` alone'
      : fromLine !== undefined && fromByte !== undefined
        ? '`fromLine` and `fromByte` are two beginnings'
        : toByte !== undefined && toByte <= (fromByte ?? 0)
          ? '`toByte` is not behind `fromByte`'
          : undefined;
  if (wrong === undefined) return { from, lines, fromLine, fromByte, toByte };
  throw new Problem('arguments_invalid', {
    detail: `${wrong}.`,
    hint: 'Give one of: from: end; fromLine; fromByte, with toByte or without.',
  });
}

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  summary:
    'Lines of a text file inside the allowed folders: from its start, from a line or byte on, or its last lines ' +
    '(`from: end`). Reads .gz as text. Binary files are only said to be so. Secrets are replaced.',
  scope: 'fs',
  effect: 'read',
  input: record({
    path: text('Absolute path', 4096),
    from: maybe(word(['start', 'end'], 'start if absent')),
    lines: maybe(count('Most lines; 100 if absent', 1, 5000)),
    fromLine: maybe(count('First line, from 1; with from: start', 1)),
    fromByte: maybe(count('First byte, in place of fromLine')),
    toByte: maybe(count('Ends before this byte; then all lines up to there if `lines` is absent', 1)),
    detail: maybe(word(['concise', 'detailed'], 'At most 8 KiB (if absent) or 64 KiB')),
  }),
  output: record({
    host: text('The host that answers', 255),
    path: untrusted('The file', 4096),
    sizeBytes: bytes('Size of the file'),
    binary: flag('True for what is no text: then there is no content'),
    encoding: maybe(word(encodings, 'latin1: a guess, for what is no UTF-8')),
    compressed: maybe(flag('Whether it was gzip')),
    content: maybe(untrusted('The lines', 65_536)),
    firstByte: maybe(count('Where content begins in the text')),
    endByte: maybe(count('Where it ends')),
    textBytes: maybe(bytes('Size of the whole text; as UTF-8 where it was gzip or UTF-16')),
    secretsHidden: maybe(count('How many secrets were replaced')),
    truncated,
  }),
  rest,
  aliases: [{ name: 'tail_file', args: (older) => ({ from: 'end', ...older }) }],
  examples: [
    { says: 'The last line of the syslog?', args: { path: '/var/log/syslog', from: 'end', lines: 1 } },
    { says: 'How does it begin?', args: { path: '/var/log/syslog', lines: 2 } },
  ],
  async run({ path, detail = 'concise', ...wanted }, { host, grant }) {
    const part = { ...partOf(wanted), answerBytes: answerBytes[detail] };
    const { text: found, ...file } = await host.files(grant).read(path, part);
    const about = { host: host.name, ...file, path: cleanLine(file.path, 4096), binary: found === undefined };
    if (found === undefined) return about;
    const { cut, secretsHidden, ...shown } = found;
    return {
      ...about,
      ...shown,
      ...(secretsHidden > 0 && { secretsHidden }),
      ...(cut && {
        truncated: { shown: shown.content.length, atLeast: shown.content.length + 1, how: rest },
      }),
    };
  },
});
