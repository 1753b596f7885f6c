/**
 * Runs jobs in a thread of their own, one at a time, each with a deadline. A worker that is stuck in the kernel
 * can't be stopped, so it is left alone and another one takes its place; how many may be stuck at once is bounded.
 */

import type { Worker } from 'node:worker_threads';
import { Problem } from '../base/errors.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { startWorker } from '../base/worker.ts';
import type { JobArguments, JobName, JobRequest, JobResult, WorkerMessage } from './jobs.ts';

export interface CrewOptions {
  readonly machine: MachineRoot;
  /** Told once when a worker ends by itself and when one is stuck. */
  readonly onTrouble: (message: string, facts?: unknown) => void;
  /** How many workers may be stuck before no job is taken; 4 if absent. */
  readonly mostStuck?: number;
}

export interface JobOptions {
  /** From the moment at which a worker begins with it. */
  readonly deadlineMs: number;
  /** Called when the worker that missed the deadline is free again. */
  readonly onLate?: () => void;
}

export interface Crew {
  /**
   * Throws `deadline_exceeded` for a job that takes too long and `unavailable` when it failed, its worker ended or
   * too many workers are stuck. The cause of a failed job is its error's code or words.
   */
  run<N extends JobName>(name: N, args: JobArguments<N>, options: JobOptions): Promise<JobResult<N>>;
  /** How many workers are stuck. */
  stuck(): number;
  /** How many more workers may get stuck before no job is taken any more. */
  spare(): number;
  /** Ends the workers, but for stuck ones, which end with their system call or with the process. */
  close(): void;
}

interface Job {
  readonly request: JobRequest;
  readonly options: JobOptions;
  resolve(result: unknown): void;
  reject(problem: Problem): void;
}

/** A thread each, so memory is what bounds them: some 10 MB. */
const usualMostStuck = 4;

/** 20,000 processes take about 10 MiB. A young generation of 8 would hold one megabyte more when idle. */
const memoryMegabytes = { old: 64, young: 2 };

const firstRestartMs = 100;
const longestRestartMs = 30_000;

export function openCrew(options: CrewOptions): Crew {
  return new WorkerCrew(options);
}

class WorkerCrew implements Crew {
  readonly #options: CrewOptions;
  readonly #waiting: Job[] = [];
  readonly #stuck = new Set<Worker>();
  #worker: Worker | undefined;
  #ready = false;
  #current: Job | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs = firstRestartMs;
  #lastId = 0;
  #closed = false;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  run<N extends JobName>(name: N, args: JobArguments<N>, options: JobOptions): Promise<JobResult<N>> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.spare() === 0) {
        reject(refusal(this.#closed));
        return;
      }
      this.#lastId += 1;
      this.#waiting.push({
        request: { id: this.#lastId, name, args },
        options,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#next();
    });
  }

  stuck(): number {
    return this.#stuck.size;
  }

  spare(): number {
    return (this.#options.mostStuck ?? usualMostStuck) - this.#stuck.size;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#deadline);
    for (const worker of [this.#worker, ...this.#stuck]) worker?.terminate().catch(() => {});
    this.#worker = undefined;
    this.#rejectAll();
  }

  /** Hands the next job to the worker as soon as there is one that is free. */
  #next(): void {
    if (this.#closed || this.#current !== undefined || this.#restart !== undefined) return;
    const [job] = this.#waiting;
    if (job === undefined) return;
    if (this.#worker === undefined) this.#hire();
    else if (this.#ready) this.#give(this.#worker, job);
  }

  #give(worker: Worker, job: Job): void {
    this.#waiting.shift();
    this.#current = job;
    worker.postMessage(job.request);
    // An answer that came while this thread was busy itself is taken first: messages go before setImmediate.
    this.#deadline = setTimeout(() => setImmediate(() => this.#miss(worker, job)), job.options.deadlineMs);
    this.#deadline.unref();
  }

  #hire(): void {
    const worker = startWorker({
      file: 'process-worker',
      beside: import.meta.url,
      name: 'systemmanager-host',
      data: this.#options.machine,
      memoryMegabytes,
    });
    this.#worker = worker;
    this.#ready = false;
    let last: unknown;
    worker.on('error', (error) => {
      last = error;
    });
    worker.on('exit', () => this.#leave(worker, last));
    worker.on('message', (message: WorkerMessage) => this.#hear(worker, message));
    // After the listeners: to listen to a worker's messages keeps the process alive again.
    worker.unref();
  }

  #hear(worker: Worker, message: WorkerMessage): void {
    if (worker !== this.#worker) {
      worker.terminate().catch(() => {});
      return;
    }
    if ('ready' in message) {
      this.#ready = true;
    } else {
      const job = this.#settle();
      this.#restartMs = firstRestartMs;
      if ('error' in message) {
        job?.reject(new Problem('unavailable', { cause: message.error }));
      } else {
        job?.resolve(message.result);
      }
    }
    this.#next();
  }

  /** The current job, which is no longer current. */
  #settle(): Job | undefined {
    const job = this.#current;
    clearTimeout(this.#deadline);
    this.#current = undefined;
    return job;
  }

  #miss(worker: Worker, job: Job): void {
    if (this.#current !== job || this.#closed) return;
    this.#settle();
    this.#stuck.add(worker);
    this.#worker = undefined;
    worker.once('exit', () => {
      this.#stuck.delete(worker);
      if (!this.#closed) job.options.onLate?.();
    });
    this.#options.onTrouble('a worker is stuck, another one takes over', {
      job: job.request.name,
      stuck: this.#stuck.size,
    });
    job.reject(new Problem('deadline_exceeded', { detail: 'The kernel did not answer in time.' }));
    if (this.spare() === 0) this.#rejectAll();
    this.#next();
  }

  /** A worker ended that nobody ended: the next one comes later each time, until one does a job again. */
  #leave(worker: Worker, cause: unknown): void {
    if (this.#closed || worker !== this.#worker) return;
    this.#worker = undefined;
    this.#settle()?.reject(new Problem('unavailable', { cause }));
    this.#options.onTrouble('a worker ended and is started again', { cause, inMs: this.#restartMs });
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#next();
    }, this.#restartMs);
    this.#restart.unref();
    this.#restartMs = Math.min(this.#restartMs * 2, longestRestartMs);
  }

  #rejectAll(): void {
    for (const job of [this.#settle(), ...this.#waiting.splice(0)]) job?.reject(refusal(this.#closed));
  }
}

const refusal = (closed: boolean): Problem =>
  new Problem('unavailable', {
    detail: closed ? 'The daemon is stopping.' : 'Too many questions to the kernel are without an answer.',
  });
