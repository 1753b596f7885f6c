/**
 * The one way of running another program: by its argument array, never through a shell, from a fixed PATH, in a clean
 * environment, for a bounded time and amount of output. The child ends with whoever asked for it.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { errnoOf, Problem } from './errors.ts';

export interface ProgramRequest {
  /** A name without a slash, looked up in /usr/bin, /bin, /usr/sbin and /sbin. */
  readonly program: string;
  readonly args: readonly string[];
  /** Its abortion kills the child: `cancelled`. */
  readonly signal?: AbortSignal;
  /** Then the child is killed: `deadline_exceeded`. */
  readonly deadlineMs: number;
}

export interface ProgramEnd {
  /** Absent where a signal ended the child, as when its output was cut. */
  readonly exitCode?: number;
  /** The first 4 KiB of what it complained about. */
  readonly stderr: string;
}

export interface ProgramResult extends ProgramEnd {
  readonly stdout: string;
  /** Whether there was more than `maxBytes`; the child was killed then. */
  readonly cut: boolean;
}

export interface ProgramLine {
  /** Without its newline. */
  readonly text: string;
  /** Whether the line was longer than `maxLineBytes`; the rest of it is skipped. */
  readonly cut: boolean;
}

export interface ProgramStream {
  /** To be gone through once. Leaving the loop early kills the child. Throws as `ended` does. */
  readonly lines: AsyncIterable<ProgramLine>;
  /** Resolves when the child has ended. Throws `cancelled`, `deadline_exceeded` or `unavailable`. */
  readonly ended: Promise<ProgramEnd>;
  /** Kills the child, which then counts as ended by a signal. */
  kill(): void;
}

/** What a machine's readers are handed to run programs with; a frozen machine gets one that plays back a record. */
export interface Programs {
  /** Collects the output up to `maxBytes`, 1 MiB by default. */
  run(request: ProgramRequest & { readonly maxBytes?: number }): Promise<ProgramResult>;
  /** Hands the output on line by line; a line has at most `maxLineBytes`, 64 KiB by default. */
  stream(request: ProgramRequest & { readonly maxLineBytes?: number }): ProgramStream;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

const environment = Object.freeze({
  LC_ALL: 'C',
  TZ: 'UTC',
  PATH: folders.join(':'),
  SYSTEMD_COLORS: '0',
  SYSTEMD_URLIFY: '0',
  SYSTEMD_PAGER: '',
  PAGER: 'cat',
});

const stderrBytes = 4096;
const usualBytes = 1024 * 1024;
const usualLineBytes = 64 * 1024;

/** Throws `unavailable` where this machine does not have the program. */
export async function runProgram({
  maxBytes = usualBytes,
  ...request
}: Parameters<Programs['run']>[0]): Promise<ProgramResult> {
  const { child, ended, kill } = start(request);
  const chunks: Buffer[] = [];
  let left = maxBytes;
  let cut = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (cut) return;
    chunks.push(chunk.subarray(0, left));
    cut = chunk.length > left;
    left -= Math.min(left, chunk.length);
    if (cut) kill();
  });
  const end = await ended;
  return { ...end, stdout: Buffer.concat(chunks).toString('utf8'), cut };
}

/** Throws at once where this machine does not have the program. */
export function streamProgram({
  maxLineBytes = usualLineBytes,
  ...request
}: Parameters<Programs['stream']>[0]): ProgramStream {
  const { child, ended, kill } = start(request);
  return { lines: linesOf(child, maxLineBytes, ended, kill), ended, kill };
}

/** Runs what this machine has installed. */
export const systemPrograms: Programs = Object.freeze({ run: runProgram, stream: streamProgram });

interface Started {
  readonly child: Child;
  readonly ended: Promise<ProgramEnd>;
  kill(): void;
}

function start({ program, args, signal, deadlineMs }: ProgramRequest): Started {
  if (signal?.aborted) throw new Problem('cancelled');
  const child = spawn(pathOf(program), args, {
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
  });
  let failure: Problem | undefined;
  const stderr: Buffer[] = [];
  const kill = (): void => {
    child.kill('SIGKILL');
    // What the child itself started may still hold the pipes.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const fail = (problem: Problem): void => {
    failure ??= problem;
    kill();
  };
  const abort = (): void => fail(new Problem('cancelled'));
  const timer = setTimeout(
    () => fail(new Problem('deadline_exceeded', { detail: `${program} did not answer in time.` })),
    deadlineMs,
  );
  signal?.addEventListener('abort', abort, { once: true });
  keepFirst(child.stderr, stderr);
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', (cause) => fail(notStarted(program, cause)));
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      if (failure !== undefined) reject(failure);
      // Node.js shows a negative number for a child that could not be started.
      else
        resolve({
          ...(exitCode === null ? {} : { exitCode }),
          stderr: Buffer.concat(stderr).toString('utf8'),
        });
    });
  });
  // Whoever goes through the lines alone is told there.
  ended.catch(() => {});
  return { child, ended, kill };
}

const notStarted = (program: string, cause: Error): Problem =>
  new Problem('unavailable', {
    detail: `${program} cannot be started: ${errnoOf(cause) ?? 'unknown error'}.`,
    cause,
  });

/** Keeps the beginning and lets the rest go, so that the child never waits for a reader. */
function keepFirst(stream: Readable, kept: Buffer[]): void {
  let left = stderrBytes;
  stream.on('data', (chunk: Buffer) => {
    if (left > 0) kept.push(chunk.subarray(0, left));
    left -= chunk.length;
  });
}

function pathOf(program: string): string {
  if (!program.includes('/')) {
    for (const folder of folders) {
      const path = join(folder, program);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {}
    }
  }
  throw new Problem('unavailable', { detail: `The program ${program} is not installed on this machine.` });
}

async function* linesOf(
  child: Child,
  maxLineBytes: number,
  ended: Promise<ProgramEnd>,
  kill: () => void,
): AsyncGenerator<ProgramLine> {
  try {
    yield* splitLines(child.stdout, maxLineBytes);
    await ended;
  } catch (thrown) {
    // A pipe that was closed from this side says so in its own words; why is known to the child's end.
    await ended;
    if (errnoOf(thrown) !== 'ERR_STREAM_PREMATURE_CLOSE') throw thrown;
  } finally {
    kill();
  }
}

const newline = 0x0a;

async function* splitLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<ProgramLine> {
  let parts: Buffer[] = [];
  let length = 0;
  let cut = false;
  const take = (piece: Buffer): void => {
    const part = piece.subarray(0, maxLineBytes - length);
    cut ||= part.length < piece.length;
    length += part.length;
    if (part.length > 0) parts.push(part);
  };
  const line = (): ProgramLine => {
    const whole = { text: Buffer.concat(parts).toString('utf8'), cut };
    [parts, length, cut] = [[], 0, false];
    return whole;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, at));
      yield line();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield line();
}
