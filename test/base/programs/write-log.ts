/** Opens a log on standard output as the arguments say, writes some lines and ends: `write-log.ts FORMAT [FILE]`. */

import { type LogFormat, openLog } from '../../../src/base/log.ts';

const [format, file] = process.argv.slice(2) as [LogFormat, string | undefined];
const log = await openLog({ level: 'info', format, fd: 1 });
const trouble = file === undefined ? undefined : await log.addFile(file);
if (trouble !== undefined) log.warn({}, trouble);

log.info({ agent: 'claude' }, 'said');
log.debug({}, 'not said at this level');
log.setLevel('debug');
log.debug({}, 'said after the level changed');
log.setLevel('info');
log.warn({ level: 60, time: 0, msg: 'forged' }, 'found on the way');
log.error({ err: new Error('outer', { cause: new TypeError('inner') }), correlationId: 'c-1' }, 'went wrong');
log.info(
  { password: 'hunter2', url: 'https://me:hunter2@host/', list: ['sm1.eyJhZ2VudA.c2lnbmF0dXJl'] },
  'secrets',
);
log.info({}, 'login with token=hunter2');
log.error({ err: new Error('refused: password="hunter2"; --password hunter2') }, 'failed');
log.info({ text: 'two\nlines \u001b[31mred\u001b[0m' }, 'one\u001b[2J line');
log.info(
  Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`m${n}`, '名'.repeat(5000)])),
  'x'.repeat(100_000),
);
log.error({ err: deep(20) }, 'deep');
log.flush();

function deep(causes: number): Error {
  const error = new Error('名'.repeat(20_000));
  if (causes > 0) error.cause = deep(causes - 1);
  return error;
}
