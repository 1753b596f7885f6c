/** Where the daemon's folders are: those of the system, or those of one user (XDG Base Directory Specification). */

import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, Problem } from '../base/errors.ts';

export interface Places {
  readonly kind: 'system' | 'user';
  readonly configFile: string;
  /** Further files, read in the order of their names. */
  readonly configDirectory: string;
  readonly stateDirectory: string;
  readonly logDirectory: string;
  /** Where the daemon's own Unix socket stands. */
  readonly runtimeDirectory: string;
}

/** What the environment says of folders, absolute paths all. */
export interface EnvironmentFacts {
  readonly home: string;
  readonly uid: number;
  readonly xdgConfigHome?: string | undefined;
  readonly xdgStateHome?: string | undefined;
  readonly xdgRuntimeDir?: string | undefined;
  /** systemd.exec(5), the first of the folders that systemd names. */
  readonly stateDirectory?: string | undefined;
  readonly logsDirectory?: string | undefined;
  readonly credentialsDirectory?: string | undefined;
}

const product = 'systemmanager';

/** Where the recorder keeps its files. */
export const historyFolderIn = ({ stateDirectory }: Pick<Places, 'stateDirectory'>): string =>
  join(stateDirectory, 'history');

/**
 * The installed daemon's. $RUNTIME_DIRECTORY is not asked: systemd removes that folder when the service stops, and the
 * sockets must outlive it.
 */
export const systemPlaces = (facts: Pick<EnvironmentFacts, 'stateDirectory' | 'logsDirectory'>): Places =>
  Object.freeze({
    kind: 'system',
    configFile: `/etc/${product}/config.yaml`,
    configDirectory: `/etc/${product}/conf.d`,
    stateDirectory: facts.stateDirectory ?? `/var/lib/${product}`,
    logDirectory: facts.logsDirectory ?? `/var/log/${product}`,
    runtimeDirectory: `/run/${product}-mcp`,
  });

export function userPlaces(facts: EnvironmentFacts): Places {
  const config = join(facts.xdgConfigHome ?? join(facts.home, '.config'), product);
  const state = join(facts.xdgStateHome ?? join(facts.home, '.local/state'), product);
  return Object.freeze({
    kind: 'user',
    configFile: join(config, 'config.yaml'),
    configDirectory: join(config, 'conf.d'),
    stateDirectory: state,
    logDirectory: state,
    // Without XDG_RUNTIME_DIR a folder in /tmp is all there is: ensureFolder makes sure that it is ours alone.
    runtimeDirectory:
      facts.xdgRuntimeDir === undefined
        ? `/tmp/${product}-mcp-${facts.uid}`
        : join(facts.xdgRuntimeDir, `${product}-mcp`),
  });
}

export interface FolderNeeds {
  /** What it gets when it is made here, whatever the umask. */
  readonly mode: number;
  /** Whose it is to be, where root makes it for another user; else that of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Makes the folder where it is missing, and makes sure that it can be used. Where everybody can make folders (/tmp)
 * somebody may have been there first: what is found there must be a real folder of the owner, no wider than `mode`.
 * Elsewhere the operator may have arranged it otherwise, by a link or another mode; only a folder that everybody can
 * write to is refused. Throws `start_failed`, which says what is wrong and how to mend it.
 */
export function ensureFolder(folder: string, { mode, owner }: FolderNeeds): void {
  try {
    if (makeFolder(folder, mode)) {
      if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
      return;
    }
    const open = (lstatSync(dirname(folder)).mode & 0o002) !== 0;
    if (open) refuseStrange(folder, lstatSync(folder), mode, owner?.uid ?? process.geteuid?.() ?? 0);
    else refuseOpen(folder, statSync(folder));
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem('start_failed', {
      detail: `The folder ${folder} cannot be made or written to (${errnoOf(cause) ?? cause}).`,
      hint: 'Make it for the user of the daemon, or start the daemon by its systemd unit, which does.',
      cause,
    });
  }
}

/** @returns whether it was missing */
function makeFolder(folder: string, mode: number): boolean {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o755 & (mode | 0o700) });
  try {
    mkdirSync(folder, { mode });
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
  chmodSync(folder, mode);
  return true;
}

const unusable = (folder: string, why: string, hint: string): Problem =>
  new Problem('start_failed', { detail: `The folder ${folder} cannot be used: ${why}.`, hint });

function refuseStrange(folder: string, facts: Stats, mode: number, uid: number): void {
  const mend = `Remove ${folder}, or set XDG_RUNTIME_DIR to a folder of your own.`;
  if (facts.isSymbolicLink()) throw unusable(folder, 'it is a symbolic link', mend);
  if (!facts.isDirectory()) throw unusable(folder, 'it is not a folder', mend);
  if (facts.uid !== uid) throw unusable(folder, `it belongs to uid ${facts.uid}, not to uid ${uid}`, mend);
  if ((facts.mode & 0o777 & ~mode) !== 0) {
    // What is in it may be somebody else's by now, so a chmod would not mend it.
    throw unusable(folder, `others may use it (mode ${octal(facts.mode)}, not ${octal(mode)})`, mend);
  }
}

function refuseOpen(folder: string, facts: Stats): void {
  if (!facts.isDirectory()) throw unusable(folder, 'it is not a folder', `Remove ${folder}.`);
  if ((facts.mode & 0o002) !== 0) {
    throw unusable(folder, `everybody can write to it (mode ${octal(facts.mode)})`, `chmod o-w ${folder}`);
  }
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');
