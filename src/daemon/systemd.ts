/**
 * What the daemon says to systemd, by sd_notify(3), and what systemd says about the journal. It knows what can be
 * said, not when: the order belongs to the daemon's life.
 */

import { fstatSync, lstatSync } from 'node:fs';
import { errnoOf, Problem } from '../base/errors.ts';
import { type Native, openNative } from '../base/native.ts';

export interface ServiceManager {
  /** Whether something is told: false without NOTIFY_SOCKET, or where telling is impossible. */
  readonly present: boolean;
  /** The longest time between two signs of life: half of WATCHDOG_USEC; undefined where nobody waits for them. */
  readonly watchdogIntervalMs: number | undefined;
  /** The start, or the reload announced before, is complete. */
  ready(status: string): void;
  status(text: string): void;
  /** A reload begins; `ready` must follow. */
  reloading(): void;
  stopping(status: string): void;
  /** A sign of life for the watchdog. */
  keepAlive(): void;
}

/** Called once for each way in which telling fails; the daemon goes on. `facts` hold the mend under `hint`. */
export type OnTrouble = (message: string, facts: { readonly hint: string; readonly cause?: unknown }) => void;

type Tell = (state: string) => void;

/** sd_notify(3) reads the environment of the process itself, so there is no other to hand over. */
export async function openServiceManager({
  onTrouble,
}: {
  readonly onTrouble: OnTrouble;
}): Promise<ServiceManager> {
  const address = process.env['NOTIFY_SOCKET'];
  const tell = address ? await openNotifier(address, onTrouble) : undefined;
  return Object.freeze({
    present: tell !== undefined,
    watchdogIntervalMs: tell && watchdogIntervalMs(process.env),
    ready: (status: string) => tell?.(`READY=1\n${statusLine(status)}`),
    status: (text: string) => tell?.(statusLine(text)),
    reloading: () => tell?.(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: (status: string) => tell?.(`STOPPING=1\n${statusLine(status)}`),
    keepAlive: () => tell?.('WATCHDOG=1'),
  });
}

async function openNotifier(address: string, onTrouble: OnTrouble): Promise<Tell | undefined> {
  if (!/^[/@]./.test(address)) {
    onTrouble(`NOTIFY_SOCKET is '${address}', which is neither a path nor an abstract address`, {
      hint: 'Leave it to systemd to set NOTIFY_SOCKET.',
    });
    return undefined;
  }
  try {
    const [{ default: notify }, native] = await Promise.all([import('sd-notify'), openNative()]);
    return openTeller(address, native, notify.sendState, onTrouble);
  } catch (cause) {
    onTrouble('the service manager cannot be told anything, because sd-notify does not load', {
      hint: 'Install libsystemd-dev and a C++ compiler and run npm rebuild sd-notify, or use Type=exec in the unit.',
      cause,
    });
    return undefined;
  }
}

/** sd-notify loses every message to a socket that nobody reads without a word: so each is preceded by a look. */
function openTeller(address: string, native: Native, sendState: Tell, onTrouble: OnTrouble): Tell {
  let troubled = false;
  return (state) => {
    const reason = whyDeaf(address, native);
    if (reason === undefined) {
      troubled = false;
      sendState(state);
    } else if (!troubled) {
      troubled = true;
      onTrouble(`the service manager does not listen on ${address} (${reason})`, {
        hint: 'Start the daemon by its unit; in a container or sandbox, let it see that socket.',
      });
    }
  };
}

/** Why nothing sent to `address` would be read, in words; undefined when it would be. Never throws. */
function whyDeaf(address: string, native: Native): string | undefined {
  try {
    if (native.answersDatagrams(address)) return undefined;
    if (address.startsWith('@')) return 'nothing is bound to this abstract address in this network namespace';
    if (!lstatSync(address).isSocket()) return 'this is no socket';
    return 'nobody reads the socket, or this user may not write to it';
  } catch (thrown) {
    return thrown instanceof Problem ? thrown.detail : (errnoOf(thrown) ?? String(thrown));
  }
}

/** systemd ignores a message beyond 4096 bytes whole; three bytes a UTF-16 unit stay below. */
const statusLength = 1000;

/** One line: a line break in the text would begin another assignment. */
function statusLine(text: string): string {
  return `STATUS=${text.replace(/\p{Cc}+/gu, ' ').slice(0, statusLength)}`;
}

/** sd_watchdog_enabled(3): WATCHDOG_USEC, where WATCHDOG_PID is absent or this process; half of it, in milliseconds. */
export function watchdogIntervalMs(env: NodeJS.ProcessEnv, pid = process.pid): number | undefined {
  const { WATCHDOG_USEC: limit, WATCHDOG_PID: forPid } = env;
  if (limit === undefined || !/^[1-9]\d{0,15}$/.test(limit)) return undefined;
  if (forPid !== undefined && forPid !== String(pid)) return undefined;
  return Math.max(1, Math.floor(Number(limit) / 2000));
}

/** systemd.exec(5), JOURNAL_STREAM: whether standard output still is the stream that systemd led to the journal. */
export function stdoutIsJournal(env: NodeJS.ProcessEnv = process.env): boolean {
  const stream = env['JOURNAL_STREAM'];
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(1, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
