/** The table of mounts, from /proc/PID/mountinfo: which of them are file systems that can fill up. */

/** proc(5): /proc/pid/mountinfo. */
export interface Mount {
  /** Tells a mount from a later one at the same place. */
  readonly id: number;
  /** `major:minor`, st_dev of what lies under it. */
  readonly deviceNumber: string;
  /** The folder of the file system that is mounted there: `/` unless it is a bind mount or a subvolume. */
  readonly rootPath: string;
  readonly mountPoint: string;
  readonly fsType: string;
  /** A device, a server's path, or a word that says nothing. */
  readonly device: string;
  readonly readOnly: boolean;
}

/** The text of mountinfo, in the order in which things were mounted; lines of another form are left out. */
export function parseMountTable(text: string): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [left, right] = halves(line);
    const [id, , deviceNumber, rootPath, mountPoint, options] = left;
    const [fsType, device, superOptions] = right;
    if (deviceNumber === undefined || rootPath === undefined || mountPoint === undefined) continue;
    if (options === undefined || fsType === undefined || device === undefined) continue;
    mounts.push({
      id: Number(id),
      deviceNumber,
      rootPath: unescaped(rootPath),
      mountPoint: unescaped(mountPoint),
      fsType: unescaped(fsType),
      device: unescaped(device),
      readOnly: [options, superOptions ?? ''].some((words) => words.split(',').includes('ro')),
    });
  }
  return mounts;
}

/** A lone `-` ends the optional fields, of which there may be any number. */
function halves(line: string): readonly [readonly string[], readonly string[]] {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  return separator === -1 ? [[], []] : [fields.slice(0, separator), fields.slice(separator + 1)];
}

/** Space, tab, newline, backslash and `#` are written as three octal digits, all else as it is. */
function unescaped(field: string): string {
  if (!field.includes('\\')) return field;
  return field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** What the kernel makes up. An autofs must not be touched: asking it mounts what it stands for. */
const pseudo = new Set(
  (
    'autofs bdev binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devfs devpts devtmpfs efivarfs ' +
    'fuse.gvfsd-fuse fuse.lxcfs fuse.portal fuse.snapfuse fusectl hugetlbfs mqueue nfsd none nsfs overlay pipefs proc pstore ' +
    'ramfs resctrl rootfs rpc_pipefs securityfs selinuxfs smackfs sockfs squashfs sysfs tracefs'
  ).split(' '),
);

/** A tmpfs counts where people put files. */
const systemPlaces = /^\/(dev|proc|run|sys)(\/|$)/;

/** Files that container engines bind from their own disk: they say nothing that the root does not. */
const boundFiles = /^\/etc\/(hostname|hosts|resolv\.conf)$/;

const isReal = (mount: Mount): boolean =>
  mount.mountPoint === '/' ||
  !(
    pseudo.has(mount.fsType) ||
    boundFiles.test(mount.mountPoint) ||
    (mount.fsType === 'tmpfs' && systemPlaces.test(mount.mountPoint))
  );

/** Subvolumes of one btrfs are shown each; elsewhere another folder of the same device is a bind mount. */
const identity = (mount: Mount): string =>
  mount.fsType === 'btrfs' ? `${mount.deviceNumber} ${mount.rootPath}` : mount.deviceNumber;

/**
 * The file systems with figures of their own, each once: not what the kernel makes up, nor layers of containers,
 * packed images (squashfs is always full), bind mounts of what is there already, or what lies under another mount.
 * @param isFile whether what is mounted at the place is a file: it is asked of bind mounts alone
 */
export function realMounts(
  mounts: readonly Mount[],
  isFile: (mount: Mount) => boolean = () => false,
): readonly Mount[] {
  const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const chosen = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (!isReal(mount) || (mount.rootPath !== '/' && isFile(mount))) continue;
    const before = chosen.get(identity(mount));
    if (before === undefined || (before.rootPath !== '/' && mount.rootPath === '/')) {
      chosen.set(identity(mount), mount);
    }
  }
  return [...chosen.values()];
}
