/**
 * Every setting: what it means, what it takes, what it is by default, and whether a reload or a restart applies it.
 * The types, the checks and the documentation follow from this file.
 */

import convict from 'convict';
import {
  address,
  duration,
  type Format,
  groups,
  hostNames,
  labels,
  namePatterns,
  oneOf,
  path,
  pathOrNothing,
  paths,
  truth,
  user,
  whole,
} from './formats.ts';
import { type TokenEntry, tokenEntries } from './token-entries.ts';

export const transports = ['http', 'http-sse', 'stdio'] as const;
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The settings in force, under the names that they have in the file. */
export interface Config {
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly transport: (typeof transports)[number];
    readonly auth_required: boolean;
    readonly allowed_hosts: readonly string[];
    /** Seconds. */
    readonly drain_timeout: number;
    readonly user: string;
    readonly groups: readonly string[];
  };
  readonly security: {
    readonly auth_tokens: readonly TokenEntry[];
    /** Calls a minute and caller. */
    readonly rate_limit: number;
    /** Bytes. */
    readonly max_file_size: number;
    /** Seconds. */
    readonly max_token_age: number;
  };
  /** An empty `file` means none. */
  readonly logging: { readonly level: (typeof levels)[number]; readonly file: string };
  /** `max_size` in bytes, `keep` in files. */
  readonly audit: { readonly file: string; readonly max_size: number; readonly keep: number };
  readonly docker: {
    readonly socket_path: string;
    readonly read_only: boolean;
    readonly protected_names: readonly string[];
    readonly protected_labels: readonly string[];
  };
  readonly filesystem: {
    readonly allowed_paths: readonly string[];
    readonly denied_names: readonly string[];
    readonly allow_hardlinks: boolean;
  };
  readonly host: { readonly sysfs: string };
  /** Seconds. */
  readonly history: {
    readonly enabled: boolean;
    readonly interval: number;
    readonly keep_samples: number;
    readonly keep_minutes: number;
    readonly keep_quarters: number;
  };
}

/** One setting as its line below describes it. */
interface Described<T> {
  readonly doc: string;
  readonly format: Format<T>;
  readonly default: T;
  /** Whether a reload applies it or only a restart. */
  readonly reload: 'live' | 'restart';
  /** Its value is never shown, and is taken from files alone. */
  readonly sensitive?: true;
}

export interface Setting extends Described<unknown> {
  /** What is valid, in words for people. */
  readonly kind: string;
  /** The environment variable; absent where the environment is not asked. */
  readonly env?: string;
}

/** Every setting by its key, `section.name`, in the order of the documentation. */
export type Settings = ReadonlyMap<string, Setting>;

type Sections = {
  readonly [S in keyof Config]: { readonly [K in keyof Config[S]]: Described<Config[S][K]> };
};

const live = <T>(format: Format<T>, byDefault: T, doc: string): Described<T> =>
  Object.freeze({ doc, format, default: byDefault, reload: 'live' });

const restart = <T>(format: Format<T>, byDefault: T, doc: string): Described<T> =>
  Object.freeze({ doc, format, default: byDefault, reload: 'restart' });

/** Where records go unless a setting says otherwise; an ordinary user has other folders than the installed daemon. */
export interface DefaultFiles {
  readonly log: string;
  readonly audit: string;
}

const daySeconds = 86_400;
const mebibyte = 1_048_576;

/** What holds keys, passwords and the records of other callers. */
const deniedNames =
  'id_* *.pem *.key *.p12 *.pfx *.kdbx .ssh .gnupg .aws .azure .kube .docker .netrc .pgpass .env .env.* .git-credentials *credential* *secret* shadow shadow- gshadow gshadow- sudoers sudoers.d audit.log*'.split(
    ' ',
  );

/** How other loggers spell these levels. */
const otherLevels = new Map([
  ['warning', 'warn'],
  ['critical', 'fatal'],
] as const);

const sections = (files: DefaultFiles): Sections => ({
  server: {
    host: restart(
      address,
      '127.0.0.1',
      'The address to listen on. The daemon opens a TCP socket of its own only when this or the port is set and systemd hands over no sockets.',
    ),
    port: restart(whole(1, 65_535), 8080, 'The TCP port to listen on.'),
    transport: restart(
      oneOf(transports),
      'http',
      'http is MCP over Streamable HTTP; http-sse serves the older HTTP+SSE transport as well; stdio serves one local user over standard input and output.',
    ),
    auth_required: restart(
      truth,
      true,
      'Whether callers need a token. Without it, callers on the Unix socket and on loopback may read and nothing more, and nobody else may call.',
    ),
    allowed_hosts: live(
      hostNames,
      [],
      'Host names besides localhost and IP addresses by which TCP callers may address the daemon.',
    ),
    drain_timeout: live(
      whole(0, 600, 'seconds'),
      10,
      'How long running calls may take to end when the daemon stops.',
    ),
    user: restart(user, 'systemmanager', 'The user that the daemon becomes when it is started as root.'),
    groups: restart(groups, [], 'The groups that it then has besides those of that user.'),
  },
  security: {
    auth_tokens: {
      ...live(
        tokenEntries,
        [],
        'Tokens known by their SHA-256; `systemmanager-mcp token static` makes a token and its entry.',
      ),
      sensitive: true,
    },
    rate_limit: live(whole(1, 1_000_000_000, 'calls a minute'), 100, 'How often each caller may call.'),
    max_file_size: live(
      whole(1, 2 ** 40, 'bytes'),
      10 * mebibyte,
      'The most bytes of one file that one call reads or decompresses.',
    ),
    max_token_age: live(
      duration(1, 3650 * daySeconds),
      90 * daySeconds,
      'The longest that a token may live, in seconds; one that would live longer is refused.',
    ),
  },
  logging: {
    level: live(
      oneOf(levels, otherLevels),
      'info',
      'The least severe messages that are logged; in any case.',
    ),
    file: restart(
      pathOrNothing,
      files.log,
      'A file that the log goes to besides the journal or the terminal, rolled by size.',
    ),
  },
  audit: {
    file: restart(path, files.audit, 'The record of every call and every refusal.'),
    max_size: restart(
      whole(4096, 2 ** 40, 'bytes'),
      64 * mebibyte,
      'The size from which on the record is rolled.',
    ),
    keep: restart(whole(0, 1000, 'files'), 10, 'How many rolled records are kept.'),
  },
  docker: {
    socket_path: restart(path, '/var/run/docker.sock', 'The socket of the Docker engine.'),
    read_only: live(truth, false, 'Whether everything that changes containers or images is refused.'),
    protected_names: live(
      namePatterns,
      [],
      'Names of containers that are never changed; * stands for anything, in any case.',
    ),
    protected_labels: live(
      labels,
      [],
      'Labels of containers that are never changed, each as a name or as name=value.',
    ),
  },
  filesystem: {
    allowed_paths: live(
      paths,
      ['/var/log'],
      'The folders that the file tools may read, with all that is in them.',
    ),
    denied_names: live(
      namePatterns,
      deniedNames,
      'Names that the file tools keep back wherever they stand in a path below an allowed folder; * stands for anything, in any case.',
    ),
    allow_hardlinks: live(
      truth,
      false,
      'Whether files with more than one name are read; one of the others may be kept back.',
    ),
  },
  host: {
    sysfs: restart(path, '/sys', 'Where the sysfs of the host is mounted.'),
  },
  history: {
    enabled: restart(
      truth,
      true,
      'Whether the metrics of the machine are recorded, in files of fixed size in the state folder.',
    ),
    interval: restart(duration(5, 60), 10, 'Seconds between two samples.'),
    keep_samples: restart(
      duration(3600, 14 * daySeconds),
      2 * daySeconds,
      'How long the samples themselves are kept.',
    ),
    keep_minutes: restart(
      duration(daySeconds, 365 * daySeconds),
      30 * daySeconds,
      'How long the minimum, mean and maximum of each minute are kept.',
    ),
    keep_quarters: restart(
      duration(daySeconds, 3650 * daySeconds),
      400 * daySeconds,
      'How long the minimum, mean and maximum of each quarter of an hour are kept.',
    ),
  },
});

export const variableOf = (key: string): string => `SYSTEMMANAGER_${key.replaceAll('.', '_').toUpperCase()}`;

export function settingsByKey(files: DefaultFiles): Settings {
  return new Map(
    Object.entries(sections(files)).flatMap(([section, entries]) =>
      Object.entries(entries as Record<string, Described<unknown>>).map(([name, entry]) => {
        const key = `${section}.${name}`;
        const env = entry.sensitive ? {} : { env: variableOf(key) };
        return [key, Object.freeze({ ...entry, kind: entry.format.kind, ...env })] as const;
      }),
    ),
  );
}

/**
 * The settings as a convict schema with the defaults as values. convict is told no environment names: it would read
 * them from the process by itself.
 */
export function openConvict(settings: Settings): convict.Config<unknown> {
  const tree: Record<string, Record<string, convict.SchemaObj>> = {};
  for (const [key, { format, default: byDefault, doc, reload, kind, sensitive = false }] of settings) {
    const [section = '', name = ''] = key.split('.');
    const leaf = {
      doc,
      default: byDefault,
      reload,
      kind,
      sensitive,
      format: (value: unknown) => void format.read(value),
    };
    tree[section] = { ...tree[section], [name]: leaf };
  }
  return convict(tree as convict.Schema<unknown>);
}

/** The value of a setting by its key. */
export function settingValue(config: Config, key: string): unknown {
  const [section = '', name = ''] = key.split('.');
  return (config as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[section]?.[name];
}

/** The value itself, with all that is in it made immutable. */
export function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freezeDeep);
  }
  return value;
}
