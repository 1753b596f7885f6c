/**
 * The log of the daemon's own life: one JSON object a line, with priorities where the journal reads it and in colours on
 * a terminal. Only the daemon and the command line write to it; what lies below throws instead.
 */

import { lstatSync, renameSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import pino, { type Logger } from 'pino';
import { cleanText } from './clean-text.ts';
import { errnoOf } from './errors.ts';
import { redactText, redactValue } from './secrets.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** How a line looks: with `<N>` in front for the journal, for a person, or as JSON alone. */
export type LogFormat = 'journal' | 'pretty' | 'json';

/**
 * What belongs to a message. `err` is written with its causes and `correlationId` beside the message; all else stands
 * under one key, so that nothing found on the way can pass for a level or a time.
 */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Log {
  debug(facts: LogFacts, message: string): void;
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
  setLevel(level: LogLevel): void;
  /**
   * Writes to a file as well. The lines stand in numbered files beside it, rolled by size, and `file` itself leads to
   * the newest. Returns what went wrong, if anything did: the log goes on without.
   */
  addFile(file: string): Promise<string | undefined>;
  flush(): void;
}

export interface LogNeeds {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Standard output or standard error. */
  readonly fd: 1 | 2;
}

/** syslog(3) priorities by pino's levels, as sd-daemon(3) has them in front of a line. */
const priorities: Readonly<Record<string, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

/** journald splits what is over 48 KiB (journald.conf(5), LineMax=), and the rest loses its priority. */
const longestLineBytes = 47 * 1024;

const rolled = {
  size: '20m',
  limit: { count: 5, removeOtherLogFiles: true },
  // A line that waits in memory is lost with the process.
  sync: true,
  mode: 0o640,
  // What a full disk does not take is dropped beyond this.
  maxLength: 1024 * 1024,
} as const;

/** Loads what makes lines pretty only where they are. */
export async function openLog({ level, format, fd }: LogNeeds): Promise<Log> {
  const out = pino.destination({ dest: fd, sync: true });
  // Nobody reads any more: that is no reason to end, and there is nowhere to say it.
  out.on('error', () => {});
  const dress = await dressFor(format);
  const streams = pino.multistream([
    { level: 'trace', stream: { write: (line: string) => void out.write(dress(line)) } },
  ]);
  const logger = pino(
    {
      base: null,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: safeLine },
      // pino's own would add to what `describe` has bounded.
      serializers: { err: (described) => described },
    },
    streams,
  );
  const write =
    (as: 'debug' | 'info' | 'warn' | 'error') =>
    (facts: LogFacts, message: string): void => {
      if (logger.isLevelEnabled(as)) logger[as](ordered(facts), cleanText(message, longestText));
    };

  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel(next) {
      logger.level = next;
    },
    async addFile(file) {
      try {
        streams.add({ level: 'trace', stream: await openFile(file, logger) });
        return undefined;
      } catch (cause) {
        const why = errnoOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
        return `logging.file ${file} cannot be written (${why})`;
      }
    },
    flush: () => streams.flushSync(),
  };
}

async function dressFor(format: LogFormat): Promise<(line: string) => string> {
  if (format === 'json') return (line) => line;
  if (format === 'journal') return (line) => `<${priorities[line.slice(9, 11)] ?? 6}>${line}`;
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss', singleLine: true });
}

/** pino-roll in this thread: a worker that dies makes every line throw, and it keeps what it has not written. */
async function openFile(file: string, logger: Logger) {
  const { default: roll } = await import('pino-roll');
  const stream = await roll({ file, ...rolled });
  let failing = false;
  stream.on('error', (error: Error) => {
    if (failing) return;
    failing = true;
    setImmediate(() => logger.warn({ err: describe(error) }, `${file} cannot be written, ignoring`));
  });
  stream.on('write', () => {
    failing = false;
  });
  stream.on('ready', () => nameNewest(file, stream.file));
  nameNewest(file, stream.file);
  return stream;
}

/** pino-roll numbers its files; the configured name is a link to the newest, unless something else has the name. */
function nameNewest(file: string, newest: string): void {
  try {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === false) return;
    const draft = `${file}.new`;
    symlinkSync(basename(newest), draft);
    renameSync(draft, file);
  } catch {
    // The lines are where they are without it.
  }
}

const longestText = 4096;
const mostCauses = 4;

function ordered({ err, correlationId, ...facts }: LogFacts): Record<string, unknown> {
  return {
    ...(correlationId === undefined ? {} : { correlationId: String(correlationId).slice(0, 128) }),
    ...(err === undefined ? {} : { err: describe(err) }),
    ...(Object.keys(facts).length === 0 ? {} : { facts: redactValue(facts).value }),
  };
}

/** An error with its causes, in bounds. What is no error is shown as the value it is. */
function describe(error: unknown, causesLeft = mostCauses): unknown {
  if (!(error instanceof Error)) return redactValue(error).value;
  const { name, message, stack, cause } = error;
  const code = errnoOf(error);
  return {
    type: name,
    message: cleanText(message, longestText),
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack: cleanText(stack, longestText) }),
    ...(cause === undefined || causesLeft === 0 ? {} : { cause: describe(cause, causesLeft - 1) }),
  };
}

/** The last thing that happens to a line: secrets out, whichever way they came in, and the length bounded. */
function safeLine(line: string): string {
  const { text } = redactText(line);
  if (text.length * 3 <= longestLineBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= longestLineBytes) return text;
  const { level, time, correlationId, msg } = JSON.parse(line);
  return redactText(`${JSON.stringify({ level, time, correlationId, leftOutBytes: bytes, msg })}\n`).text;
}
