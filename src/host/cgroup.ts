/** Whose work a process is: its systemd unit and its container, read from its cgroup's path. */

export interface Belonging {
  /** The system's unit; for what runs in a user's session: `user@UID.service` or the session's scope. */
  readonly unit?: string;
  /** The 64 hexadecimal digits that the container engine calls it by. */
  readonly containerId?: string;
}

/** The container that it is of, or that its unit is named after: those of engines and of what watches over containers. */
export const containerIn = ({ containerId, unit = '' }: Belonging): string | undefined =>
  containerId ?? /[0-9a-f]{64}/.exec(unit)?.[0];

/**
 * The path in the text of /proc/PID/cgroup (cgroups(7)): systemd's own hierarchy, else the unified one, else
 * whichever an engine put the process in. `/` where there is none.
 */
export function parseCgroupPath(text: string): string {
  const paths = new Map<string, string>();
  for (const [, controllers = '', path = ''] of text.matchAll(/^\d+:([^:\n]*):(\/.*)$/gm)) {
    paths.set(controllers, path);
  }
  const candidates = [paths.get('name=systemd'), paths.get(''), ...paths.values()];
  return candidates.find((path) => path !== undefined && path !== '/') ?? '/';
}

const unitSuffix = /.\.(service|scope|socket|mount|swap)$/;

/** Docker, Podman, containerd and CRI-O, with either cgroup driver. conmon only watches over a container. */
const container = /^(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?$/;

/** What the path of a cgroup says. The outermost container counts: it is the one that this machine's engine knows. */
export function belonging(cgroupPath: string): Belonging {
  const names = cgroupPath.split('/').map(unescaped);
  const unit = names.find((name) => unitSuffix.test(name));
  const containerId = names
    .filter((name) => !name.includes('-conmon-'))
    .map((name) => container.exec(name)?.[1])
    .find((id) => id !== undefined);
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(containerId === undefined ? {} : { containerId }),
  };
}

/** systemd puts an underscore before a name that could be taken for a file of the kernel. */
const unescaped = (name: string): string => (name.startsWith('_') ? name.slice(1) : name);
