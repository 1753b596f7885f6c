/** How long the machine is up, from /proc/uptime. */

/** The text of /proc/uptime as seconds since boot, time asleep included (proc(5)); undefined for anything else. */
export function parseUptime(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?) /.exec(text);
  return found === null ? undefined : Number(found[1]);
}
