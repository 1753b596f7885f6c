/** The name servers that the machine asks, from resolv.conf(5). */

export interface Resolvers {
  readonly servers: readonly string[];
  readonly searchDomains: readonly string[];
}

/** The text of a resolv.conf. Of several lists of domains the last one counts. */
export function parseResolvers(text: string): Resolvers {
  const servers: string[] = [];
  let searchDomains: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') searchDomains = values;
  }
  return { servers, searchDomains };
}

/** systemd-resolved.service(8): the addresses at which it listens on this machine and asks others. */
export const isStub = (server: string): boolean => server === '127.0.0.53' || server === '127.0.0.54';
