/** Runs a program of the tests in a process of its own, with descriptors handed over from 3 up. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Descriptors of this process that the child gets as 3, 4, … */
  readonly descriptors?: readonly number[];
  /** Where standard output goes instead of into the answer. */
  readonly stdout?: number;
  readonly uid?: number;
  /** Run by this program and its arguments, e.g. setpriv. */
  readonly by?: readonly string[];
}

export interface ChildEnd {
  readonly pid: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param program absolute path of a TypeScript file */
export function startChild(program: string, options: ChildOptions = {}): ChildProcess {
  const { args = [], env = {}, descriptors = [], stdout, uid, by = [] } = options;
  const [file = '', ...rest] = [...by, process.execPath, '--import', 'tsx', program, ...args];
  return spawn(file, rest, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe', ...descriptors],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

export async function runChild(program: string, options: ChildOptions = {}): Promise<ChildEnd> {
  const child = startChild(program, options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { pid: child.pid ?? 0, code, stdout, stderr };
}
