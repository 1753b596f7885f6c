/**
 * Gives up root for good: this process becomes the configured user and executes itself anew, so that no thread,
 * capability or set-uid program leads back. It knows users, groups and capabilities, not what they are for.
 */

import { execFileSync } from 'node:child_process';
import { accessSync, constants, fstatSync, readdirSync, readFileSync } from 'node:fs';
import { errnoOf, Problem } from '../base/errors.ts';
import { openNative } from '../base/native.ts';
import { handingOver, type InheritedListener } from './listeners.ts';

export interface Drop {
  /** Name or number of the user to become. */
  readonly user: string;
  /** Names of groups to join beside the user's own. */
  readonly groups: readonly string[];
  /** Kept open, and handed over by LISTEN_* as systemd did. */
  readonly inherited: readonly InheritedListener[];
  /** Added to the arguments of the process that goes on. */
  readonly flag: string;
}

/** One line of passwd(5), as far as it matters here. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export const runningAsRoot = (): boolean => process.getuid?.() === 0 || process.geteuid?.() === 0;

/**
 * Drops the bounding set, groups, gid, uid and capabilities, forbids new privileges, and executes this program
 * anew with the same process id and arguments plus `flag`. Must run on the main thread, before anything else is
 * open: nothing but the listeners survives. The variables of systemd.exec(5) that follow from the user are set.
 * Throws `start_failed`, after which the process may be half-way down and must end.
 */
export async function dropRoot({ user, groups, inherited, flag }: Drop): Promise<never> {
  const account = accountOf(user);
  const native = await openNative();
  const { execve } = process;
  if (execve === undefined) {
    throw new Problem('start_failed', {
      detail: `Node.js ${process.version} cannot execute itself anew, which dropping root takes.`,
      hint: 'Use Node.js 22.15 or newer, or let systemd start the daemon with User=.',
    });
  }
  try {
    native.dropBoundingSet();
    becomeUser(account, groups);
    native.dropCapabilities();
    native.setNoNewPrivileges();
    const kept = inherited.map(({ fd }) => fd);
    for (const fd of openDescriptors()) native.setCloseOnExec(fd, !kept.includes(fd));
    // A failing execve() aborts the process without an exception, so the likely causes are looked at first.
    accessSync(process.execPath, constants.X_OK);
    if (process.argv[1] !== undefined) accessSync(process.argv[1], constants.R_OK);
  } catch (cause) {
    throw dropProblem(account.name, cause);
  }
  return execve.call(
    process,
    process.execPath,
    [process.execPath, ...process.execArgv, ...process.argv.slice(1), flag],
    {
      ...handingOver(inherited),
      USER: account.name,
      LOGNAME: account.name,
      HOME: account.home,
    },
  );
}

/** Node.js has it, @types/node does not. */
interface WithInitgroups {
  initgroups(user: string, group: number): void;
}

/** The C library changes the ids of all threads at once; the user last, since an ordinary one may change nothing. */
function becomeUser({ name, uid, gid }: Account, groups: readonly string[]): void {
  (process as NodeJS.Process & WithInitgroups).initgroups(name, gid);
  process.setgid?.(gid);
  // Only now: process.getgroups() counts the effective group in, which was that of root until here.
  if (groups.length > 0) process.setgroups?.([...(process.getgroups?.() ?? []), ...groups]);
  process.setuid?.(uid);
}

/** Every descriptor of this process above standard error. */
function openDescriptors(): number[] {
  const listed = readdirSync('/proc/self/fd').map(Number);
  return listed.filter((fd) => {
    if (fd <= 2) return false;
    try {
      // The listing itself used one that is closed by now.
      fstatSync(fd);
      return true;
    } catch {
      return false;
    }
  });
}

function dropProblem(user: string, cause: unknown): Problem {
  const words =
    cause instanceof Problem ? cause.detail : cause instanceof Error ? cause.message : String(cause);
  const hints: Record<string, string> = {
    ERR_UNKNOWN_CREDENTIAL: 'Name existing groups in server.groups, or make them with groupadd --system.',
    EACCES: `Install the daemon and its runtime where ${user} may read them, for example below /usr/lib.`,
    EPERM: 'Start the daemon with all rights of root, or as an ordinary user by User= in its unit.',
  };
  return new Problem('start_failed', {
    detail: `Root cannot be dropped for the user ${user}: ${words.replace(/\.$/, '')}.`,
    hint: hints[errnoOf(cause) ?? ''] ?? 'Let systemd start the daemon with User= instead.',
    cause,
  });
}

/** The account to become. Throws `start_failed` where there is none, or where it is root in another coat. */
export function accountOf(user: string): Account {
  const account = parseAccount(readFileSync('/etc/passwd', 'utf8'), user) ?? accountElsewhere(user);
  if (account === undefined) {
    throw new Problem('start_failed', {
      detail: `The user ${user}, to whom the daemon would drop from root, does not exist.`,
      hint: `Make it (useradd --system --user-group ${user}), name another in server.user, or serve as root by --as-root.`,
    });
  }
  if (account.uid === 0 || account.gid === 0) {
    throw new Problem('start_failed', {
      detail: `The user ${user} is root itself or has its group, so nothing would be dropped.`,
      hint: 'Name an ordinary user in server.user, or serve as root by --as-root.',
    });
  }
  return account;
}

/** passwd(5): the line of `user`, a name or a number. */
export function parseAccount(passwd: string, user: string): Account | undefined {
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = '', gid = '', , home = '/'] = line.split(':');
    if ((name === user || uid === user) && /^\d+$/.test(uid) && /^\d+$/.test(gid)) {
      return { name, uid: Number(uid), gid: Number(gid), home };
    }
  }
  return undefined;
}

/** nsswitch.conf(5): users of a directory service are in no file. */
function accountElsewhere(user: string): Account | undefined {
  try {
    const line = execFileSync('getent', ['passwd', '--', user], {
      encoding: 'utf8',
      timeout: 10_000,
      env: {},
    });
    return parseAccount(line, user);
  } catch {
    return undefined;
  }
}

/**
 * Makes sure, in the process that goes on after `dropRoot`, that root is gone for good: looks at every thread
 * and tries to come back. Throws `start_failed` with what is left of root.
 */
export function verifyDropped(): void {
  const left = new Set(
    readdirSync('/proc/self/task').flatMap((task) =>
      remainsOfRoot(readFileSync(`/proc/self/task/${task}/status`, 'utf8')),
    ),
  );
  if (comesBack(() => process.setuid?.(0))) left.add('setuid(0) succeeds');
  if (comesBack(() => process.setgid?.(0))) left.add('setgid(0) succeeds');
  if (left.size === 0) return;
  throw new Problem('start_failed', {
    detail: `Root was not dropped completely: ${[...left].join(', ')}.`,
    hint: 'Take the user of the daemon out of the group root, or let systemd start the daemon with User=.',
  });
}

/** proc_pid_status(5): what of root a thread still has, in words; nothing when it is an ordinary one for good. */
export function remainsOfRoot(status: string): readonly string[] {
  const fields = new Map(
    status.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
  const ids = ['Uid', 'Gid', 'Groups'].filter((name) => (fields.get(name) ?? '0').split(/\s+/).includes('0'));
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].filter(
    (name) => !/^0+$/.test(fields.get(name) ?? ''),
  );
  const privileges = fields.get('NoNewPrivs') === '1' ? [] : ['NoNewPrivs'];
  return [...ids, ...sets, ...privileges].map((name) => `${name} ${fields.get(name) ?? 'unknown'}`);
}

function comesBack(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch (thrown) {
    return errnoOf(thrown) !== 'EPERM';
  }
}
